<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Json;

/**
 * Answers as PHP has them, ready for JSON: pairs, `[['1', ['a']], ['2', []]]`, or a map, `['1' => ['a'], '2' => []]`.
 *
 * @internal
 */
final class Progress
{
    /**
     * The same answers. A list of values stays a list even if its keys have gaps, as `array_filter` leaves them; PHP
     * would send an object.
     *
     * @param array<int|string, mixed>|\stdClass|string $progress
     * @return array<int|string, mixed>|\stdClass|string
     */
    public static function sent(array|\stdClass|string $progress): array|\stdClass|string
    {
        if (is_string($progress)) {
            return $progress;
        }
        $sent = array_map(self::listed(...), (array) $progress);
        return $progress instanceof \stdClass ? (object) $sent : $sent;
    }

    /** Make lists of arrays at any depth. */
    private static function listed(mixed $value): mixed
    {
        return is_array($value) ? array_map(self::listed(...), array_values($value)) : $value;
    }
}
