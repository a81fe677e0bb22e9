<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Http;

use WidgetGateway\Client\Exceptions\AnswerException;
use WidgetGateway\Client\Exceptions\TransportException;

/**
 * Calls by PHP's cURL extension, which nearly every installation has. It keeps the connection open between
 * calls, checks certificates, and follows no redirect, which would take the key elsewhere.
 */
final class CurlTransport implements Transport
{
    private const CONNECT_TIMEOUT_S = 5.0;

    private ?\CurlHandle $handle = null;

    /**
     * @param float $timeout seconds that a try may take, from connecting to the last byte
     * @param int $answerLimit the most bytes of an answer
     */
    public function __construct(private readonly float $timeout, private readonly int $answerLimit)
    {
        if (!extension_loaded('curl')) {
            throw new \LogicException('Install the PHP extension curl, or hand over a PSR-18 client as `http`.');
        }
    }

    public function send(Request $request): Response
    {
        $this->handle ??= curl_init();
        $handle = $this->handle;
        curl_reset($handle);
        $headers = [];
        $hasHead = false;
        $body = '';
        $lines = ['Authorization: Bearer ' . $request->key->reveal(), 'Expect:'];
        foreach ($request->headers as $name => $value) {
            $lines[] = "$name: $value";
        }
        curl_setopt_array($handle, [
            CURLOPT_URL => $request->url,
            CURLOPT_PROTOCOLS => CURLPROTO_HTTP | CURLPROTO_HTTPS,
            CURLOPT_POST => true,
            CURLOPT_POSTFIELDS => $request->body,
            CURLOPT_HTTPHEADER => $lines,
            CURLOPT_ENCODING => 'gzip',
            CURLOPT_NOSIGNAL => true,
            CURLOPT_CONNECTTIMEOUT_MS => (int) (1000 * min($this->timeout, self::CONNECT_TIMEOUT_S)),
            CURLOPT_TIMEOUT_MS => max(1, (int) (1000 * $this->timeout)),
            CURLOPT_HEADERFUNCTION => static function (\CurlHandle $_, string $line) use (&$headers, &$hasHead): int {
                $hasHead = $hasHead || trim($line) === '';
                if (str_starts_with($line, 'HTTP/')) {
                    [$headers, $hasHead] = [[], false]; // those before were of an interim answer
                } elseif (str_contains($line, ':')) {
                    [$name, $value] = explode(':', $line, 2);
                    $headers[strtolower(trim($name))] = trim($value);
                }
                return strlen($line);
            },
            CURLOPT_WRITEFUNCTION => function (\CurlHandle $_, string $piece) use (&$body): int {
                $body .= $piece;
                return strlen($body) > $this->answerLimit ? -1 : strlen($piece);
            },
        ]);
        $isWhole = curl_exec($handle);
        $status = (int) curl_getinfo($handle, CURLINFO_RESPONSE_CODE);
        if (strlen($body) > $this->answerLimit) {
            throw new AnswerException("The answer is longer than $this->answerLimit bytes.", $status);
        }
        if ($isWhole === false || !$hasHead) {
            $cause = $isWhole === false ? curl_strerror(curl_errno($handle)) : 'The connection was closed';
            throw new TransportException("No answer of the gateway: $cause.");
        }
        return new Response($status, $headers, $body);
    }
}
