<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Http;

use Psr\Http\Client\ClientExceptionInterface;
use Psr\Http\Client\ClientInterface;
use Psr\Http\Message\RequestFactoryInterface;
use Psr\Http\Message\StreamFactoryInterface;
use Psr\Http\Message\StreamInterface;
use WidgetGateway\Client\Exceptions\AnswerException;
use WidgetGateway\Client\Exceptions\TransportException;

/** Calls by the PSR-18 client of the site. Timeouts, proxies and redirects are as that client has them. */
final class PsrTransport implements Transport
{
    private const PIECE_BYTES = 64 * 1024;

    public function __construct(
        private readonly ClientInterface $http,
        private readonly RequestFactoryInterface $requests,
        private readonly StreamFactoryInterface $streams,
        private readonly int $answerLimit,
    ) {
    }

    public function send(Request $request): Response
    {
        $message = $this->requests->createRequest('POST', $request->url)
            ->withBody($this->streams->createStream($request->body))
            ->withHeader('Authorization', 'Bearer ' . $request->key->reveal());
        foreach ($request->headers as $name => $value) {
            $message = $message->withHeader($name, $value);
        }
        try {
            $answer = $this->http->sendRequest($message);
            $body = $this->read($answer->getBody());
        } catch (ClientExceptionInterface | \RuntimeException $error) {
            // It is not kept as `previous`: it may hold the request, whose header has the key.
            $cause = $request->key->hideIn($error->getMessage());
            throw new TransportException("No answer of the gateway: $cause");
        }
        if ($body === null) {
            throw new AnswerException("The answer is longer than $this->answerLimit bytes.", $answer->getStatusCode());
        }
        $headers = [];
        foreach ($answer->getHeaders() as $name => $values) {
            $headers[strtolower((string) $name)] = implode(', ', $values);
        }
        return new Response($answer->getStatusCode(), $headers, $body);
    }

    /** The whole body; null if it is too long, whose rest is not read then. */
    private function read(StreamInterface $stream): ?string
    {
        if ($stream->isSeekable()) {
            $stream->rewind();
        }
        $body = '';
        while (!$stream->eof()) {
            $body .= $stream->read(self::PIECE_BYTES);
            if (strlen($body) > $this->answerLimit) {
                $stream->close();
                return null;
            }
        }
        return $body;
    }
}
