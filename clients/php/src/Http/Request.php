<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Http;

use WidgetGateway\Client\Client;
use WidgetGateway\Client\Secret;

/** A POST with a JSON body. The key is apart from the headers, so that only a transport reveals it. */
final class Request
{
    public readonly string $url;

    /** Which the gateway writes to its logs. */
    public readonly string $id;

    public readonly string $body;

    /** @var array<string, string> all headers but `Authorization` */
    public readonly array $headers;

    /**
     * @param string $gateway the address of the gateway
     * @param string $path such as `/partner/api/v3/result/attach`
     * @param array<string, mixed> $parameters those that are null are left out
     * @param string|null $idempotencyKey which tells the gateway that tries are of one call; null for calls that read
     */
    public function __construct(
        string $gateway,
        public readonly string $path,
        public readonly Secret $key,
        array $parameters,
        public readonly ?string $idempotencyKey = null,
    ) {
        $this->url = $gateway . $path;
        $this->id = bin2hex(random_bytes(16));
        $this->body = self::json($parameters);
        $php = PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION;
        $headers = [
            'Content-Type' => 'application/json',
            'Accept' => '*/*',
            'User-Agent' => 'widget-gateway-client-php/' . Client::VERSION . " PHP/$php",
            'X-Request-Id' => $this->id,
        ];
        if ($idempotencyKey !== null) {
            if (preg_match('/^[\x20-\x7e]{1,255}$/D', $idempotencyKey) !== 1) {
                throw new \InvalidArgumentException('idempotency_key has 1 to 255 printable ASCII characters.');
            }
            $headers['Idempotency-Key'] = $idempotencyKey;
        }
        $this->headers = $headers;
    }

    /** @param array<string, mixed> $parameters */
    private static function json(array $parameters): string
    {
        // The cast makes an object of no parameters, too; PHP would send a list.
        $named = (object) array_filter($parameters, static fn (mixed $value): bool => $value !== null);
        try {
            return json_encode($named, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
        } catch (\JsonException $error) {
            throw new \InvalidArgumentException('A parameter is no text in UTF-8: ' . $error->getMessage());
        }
    }
}
