<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Json;

/**
 * Readers of JSON values. Each takes a value and the place where it stands, and returns it with its type, or
 * throws. What is thrown names the place and never the value, since values are about people.
 *
 * @internal
 */
final class Read
{
    private const DEPTH = 64;

    private const MOMENT = '/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})$/D';

    /** Decode a whole document; objects become `stdClass`, so that `{}` and `[]` stay different. */
    public static function document(string $text): mixed
    {
        try {
            return json_decode($text, false, self::DEPTH, JSON_THROW_ON_ERROR);
        } catch (\JsonException) {
            throw new \UnexpectedValueException('The text is no JSON.');
        }
    }

    public static function string(mixed $value, string $at): string
    {
        return is_string($value) ? $value : throw self::wrong($at, 'a string');
    }

    public static function int(mixed $value, string $at): int
    {
        return is_int($value) ? $value : throw self::wrong($at, 'a whole number');
    }

    public static function number(mixed $value, string $at): int|float
    {
        return is_int($value) || is_float($value) ? $value : throw self::wrong($at, 'a number');
    }

    public static function bool(mixed $value, string $at): bool
    {
        return is_bool($value) ? $value : throw self::wrong($at, 'true or false');
    }

    /** A time as ISO 8601 writes it. */
    public static function moment(mixed $value, string $at): \DateTimeImmutable
    {
        if (!is_string($value) || preg_match(self::MOMENT, $value) !== 1) {
            throw self::wrong($at, 'a time');
        }
        try {
            return new \DateTimeImmutable($value);
        } catch (\Exception) {
            throw self::wrong($at, 'a time');
        }
    }

    /** A value of any type; objects become arrays. */
    public static function any(mixed $value, string $at): mixed
    {
        if ($value instanceof \stdClass) {
            $value = get_object_vars($value);
        }
        return is_array($value) ? array_map(static fn (mixed $each): mixed => self::any($each, $at), $value) : $value;
    }

    /** @return \Closure(mixed, string): mixed */
    public static function orNull(callable $read): \Closure
    {
        return static fn (mixed $value, string $at): mixed => $value === null ? null : $read($value, $at);
    }

    /** @return \Closure(mixed, string): list<mixed> */
    public static function listOf(callable $read): \Closure
    {
        return static function (mixed $value, string $at) use ($read): array {
            if (!is_array($value)) {
                throw self::wrong($at, 'a list');
            }
            $items = [];
            foreach ($value as $index => $item) {
                $items[] = $read($item, "{$at}[$index]");
            }
            return $items;
        };
    }

    /** @return \Closure(mixed, string): array<string, mixed> */
    public static function mapOf(callable $read): \Closure
    {
        return static function (mixed $value, string $at) use ($read): array {
            if (!$value instanceof \stdClass) {
                throw self::wrong($at, 'an object');
            }
            $members = [];
            foreach (get_object_vars($value) as $name => $member) {
                $members[$name] = $read($member, "$at.$name");
            }
            return $members;
        };
    }

    /** A list of as many items as there are readers. */
    public static function tuple(callable ...$reads): \Closure
    {
        return static function (mixed $value, string $at) use ($reads): array {
            if (!is_array($value) || count($value) !== count($reads)) {
                throw self::wrong($at, 'a list of ' . count($reads));
            }
            return array_map(
                static fn (callable $read, mixed $item, int $index): mixed => $read($item, "{$at}[$index]"),
                array_values($reads),
                $value,
                array_keys($value),
            );
        };
    }

    public static function wrong(string $at, string $expected): \UnexpectedValueException
    {
        return new \UnexpectedValueException("$at is not $expected.");
    }
}
