<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Json;

/**
 * The members of a JSON object. Those that nobody asks for are ignored: newer gateways may have more.
 *
 * @internal
 */
final class Members
{
    /** @var array<string, mixed> */
    private readonly array $members;

    public function __construct(mixed $value, private readonly string $at)
    {
        if (!$value instanceof \stdClass) {
            throw Read::wrong($at, 'an object');
        }
        $this->members = get_object_vars($value);
    }

    /** A member that has to be there. */
    public function get(string $name, callable $read): mixed
    {
        if (!array_key_exists($name, $this->members)) {
            throw Read::wrong("$this->at.$name", 'there');
        }
        return $read($this->members[$name], "$this->at.$name");
    }

    /** A member that may be absent; `$otherwise` then. */
    public function find(string $name, callable $read, mixed $otherwise = null): mixed
    {
        return array_key_exists($name, $this->members) ? $this->get($name, $read) : $otherwise;
    }
}
