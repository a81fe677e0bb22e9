<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Http;

use WidgetGateway\Client\Secret;

/** What a server has answered. */
final class Response
{
    /** @param array<string, string> $headers by names in small letters */
    public function __construct(
        public readonly int $status,
        public readonly array $headers,
        public readonly string $body,
    ) {
    }

    /** The same answer with a secret hidden wherever it repeats it: traces of exceptions show answers. */
    public function without(Secret $secret): self
    {
        $headers = [];
        foreach ($this->headers as $name => $value) {
            $headers[$secret->hideIn((string) $name)] = $secret->hideIn($value);
        }
        return new self($this->status, $headers, $secret->hideIn($this->body));
    }

    /** A header by its name in small letters; '' if the answer lacks it. */
    public function header(string $name): string
    {
        return $this->headers[$name] ?? '';
    }

    /** The media type without its parameters, in small letters. */
    public function mediaType(): string
    {
        return strtolower(trim(explode(';', $this->header('content-type'))[0]));
    }

    /** The name that the file should have; null if the answer tells none. */
    public function filename(): ?string
    {
        $told = preg_match('/\bfilename="([\w.-]{1,200})"/', $this->header('content-disposition'), $found) === 1;
        return $told ? $found[1] : null;
    }

    /** The id by which the gateway's operator finds the call; '' if the answer tells none. */
    public function requestId(): string
    {
        $id = $this->header('x-request-id');
        return preg_match('/^[\w.-]{1,64}$/D', $id) === 1 ? $id : '';
    }
}
