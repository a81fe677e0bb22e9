<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Events;

/** An event of a type that this version of the client does not know. Answer 200 to it, and ignore it. */
final class UnknownEvent extends Event
{
    protected const MAPS = ['data'];

    /** @param array<string, mixed> $data */
    public function __construct(
        string $id,
        string $type,
        \DateTimeImmutable $timestamp,
        public readonly array $data,
    ) {
        parent::__construct($id, $type, $timestamp);
    }
}
