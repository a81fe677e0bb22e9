<?php

declare(strict_types=1);

namespace WidgetGateway\Client;

use Psr\Http\Client\ClientInterface;
use Psr\Http\Message\RequestFactoryInterface;
use Psr\Http\Message\StreamFactoryInterface;
use Psr\Log\LoggerInterface;
use WidgetGateway\Client\Exceptions\AnswerException;
use WidgetGateway\Client\Http\Caller;
use WidgetGateway\Client\Http\CurlTransport;
use WidgetGateway\Client\Http\PsrTransport;
use WidgetGateway\Client\Http\Request;
use WidgetGateway\Client\Http\Retries;
use WidgetGateway\Client\Http\Transport;
use WidgetGateway\Client\Json\Read;

/**
 * A partner's client of the gateway, for the partner's server. The key must not be in any page.
 *
 *     $gateway = new Client('https://gateway.example', getenv('WIDGET_GATEWAY_KEY'));
 *     $gateway->resultAttach(result_key: $resultKey, user_id: 'student-17');
 */
class Client extends Calls
{
    public const VERSION = '0.1.0';

    /** Whether the key is of the sandbox, whose users and results are apart from the live ones. */
    public readonly bool $sandbox;

    private readonly string $gateway;

    private readonly Secret $key;

    private readonly Caller $caller;

    /**
     * @param string $url the address of the gateway
     * @param string $key the live key (`live_…`) or the sandbox key (`test_…`)
     * @param float $timeout seconds for one try; a client that you hand over has its own
     * @param int $attempts how often a call is tried at most, the first time included
     * @param float $longestWait seconds: if the gateway asks to wait longer before a try, the call fails at once
     * @param int $answerLimit the most bytes of an answer
     * @param ClientInterface|null $http a PSR-18 client to call by, such as Guzzle's or Symfony's; otherwise PHP's cURL
     * @param RequestFactoryInterface|null $requests PSR-17 factory for `$http`, unless it is one itself
     * @param StreamFactoryInterface|null $streams PSR-17 factory for `$http`; unless it or `$requests` is one itself
     * @param LoggerInterface|null $logger is told of each try, without parameters and keys
     */
    public function __construct(
        #[\SensitiveParameter] string $url,
        #[\SensitiveParameter] string $key,
        float $timeout = 30.0,
        int $attempts = 3,
        float $longestWait = 30.0,
        int $answerLimit = 64 * 1024 * 1024,
        ?ClientInterface $http = null,
        ?RequestFactoryInterface $requests = null,
        ?StreamFactoryInterface $streams = null,
        ?LoggerInterface $logger = null,
    ) {
        $this->key = new Secret($key);
        $isKey = preg_match('/^[\x21-\x7e]{1,256}$/D', $key) === 1;
        $this->sandbox = str_starts_with($key, 'test_');
        $isAddress = self::isAddress($url);
        $this->gateway = rtrim($url, '/');
        // PHP 8.1 would show the arguments in a stack trace, and shows these instead. The two may have been swapped.
        $key = $url = '';
        if (!$isKey) {
            throw new \InvalidArgumentException('The key is empty or mistyped: it begins with live_ or test_.');
        }
        if (!$isAddress) {
            throw new \InvalidArgumentException('The address of the gateway is like https://gateway.example.');
        }
        if ($timeout <= 0 || $answerLimit < 1) {
            throw new \InvalidArgumentException('timeout and answerLimit are more than 0.');
        }
        $transport = $http === null
            ? new CurlTransport($timeout, $answerLimit)
            : self::psrTransport($http, $requests, $streams, $answerLimit);
        $sleep = static fn (float $seconds) => usleep((int) (1_000_000 * $seconds));
        $this->caller = new Caller($transport, new Retries($attempts, $longestWait), $logger, $sleep);
    }

    protected function call(
        string $path,
        array $parameters,
        callable $read,
        bool $writes = false,
        ?string $idempotencyKey = null,
    ): mixed {
        $key = $writes ? $idempotencyKey ?? bin2hex(random_bytes(16)) : null;
        $response = $this->caller->call(new Request($this->gateway, $path, $this->key, $parameters, $key));
        try {
            return $read(Read::document($response->body), 'answer');
        } catch (\UnexpectedValueException $error) {
            $message = "The answer is not as the API describes it. {$error->getMessage()}";
            throw new AnswerException($message, $response->status, $response->requestId());
        }
    }

    protected function file(string $path, array $parameters, array $mediaTypes): File
    {
        $format = $parameters['format'];
        if (!isset($mediaTypes[$format])) {
            throw new \InvalidArgumentException('format is one of: ' . implode(', ', array_keys($mediaTypes)) . '.');
        }
        $response = $this->caller->call(new Request($this->gateway, $path, $this->key, $parameters));
        $kind = $response->mediaType();
        if ($kind !== $mediaTypes[$format]) {
            $message = "The answer is not of the media type $mediaTypes[$format].";
            throw new AnswerException($message, $response->status, $response->requestId());
        }
        return new File($response->body, $kind, $response->filename());
    }

    private static function isAddress(string $url): bool
    {
        $parts = parse_url($url);
        $allowed = array_flip(['scheme', 'host', 'port', 'path']);
        return is_array($parts) && in_array(strtolower($parts['scheme'] ?? ''), ['http', 'https'], true)
            && ($parts['host'] ?? '') !== '' && array_diff_key($parts, $allowed) === []
            && preg_match('/[\x00-\x20\x7f]/', $url) === 0;
    }

    private static function psrTransport(
        ClientInterface $http,
        ?RequestFactoryInterface $requests,
        ?StreamFactoryInterface $streams,
        int $answerLimit,
    ): Transport {
        $requests ??= $http instanceof RequestFactoryInterface ? $http : null;
        foreach ([$requests, $http] as $factory) {
            $streams ??= $factory instanceof StreamFactoryInterface ? $factory : null;
        }
        if ($requests === null || $streams === null) {
            $example = 'requests: new \\Nyholm\\Psr7\\Factory\\Psr17Factory()';
            throw new \InvalidArgumentException("A PSR-18 client needs PSR-17 factories, such as $example.");
        }
        return new PsrTransport($http, $requests, $streams, $answerLimit);
    }
}
