<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Json;

/**
 * Days as the API takes them.
 *
 * @internal
 */
final class Date
{
    /** A day like `2026-05-31`. Of a time it is the day in its own time zone. */
    public static function text(\DateTimeInterface|string|null $date): ?string
    {
        return $date instanceof \DateTimeInterface ? $date->format('Y-m-d') : $date;
    }
}
