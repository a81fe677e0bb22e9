<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Http;

/** When a call is tried again, and after which pause. */
final class Retries
{
    /** Seconds of the longest first pause; each further one is up to twice as long. */
    private const FIRST_S = 0.5;

    /** Statuses of a gateway that is busy or restarts, and of proxies that do not reach it. */
    private const STATUSES = [429, 502, 503, 504];

    private const IN_USE = 'idempotency_key_in_use';

    /**
     * @param int $attempts how often a call is made at most, the first time included
     * @param float $longestWait seconds that `Retry-After` may ask for: after a longer one the call fails at once
     */
    public function __construct(private readonly int $attempts, private readonly float $longestWait)
    {
        if ($attempts < 1 || $longestWait < 0) {
            throw new \InvalidArgumentException('attempts is 1 or more, and longestWait is not negative.');
        }
    }

    /** Whether a later try may succeed where this one was refused. */
    public static function isPassing(int $status, string $reason): bool
    {
        return in_array($status, self::STATUSES, true) || $reason === self::IN_USE;
    }

    /**
     * Seconds to wait after the try of this number, the first being 1; null if there is no further try.
     *
     * @param float|null $retryAfter seconds that the gateway asked for
     * @param float $chance a random number from 0 to 1, so that not all callers come back at once
     */
    public function pause(int $try, ?float $retryAfter, float $chance): ?float
    {
        if ($try >= $this->attempts || $retryAfter > $this->longestWait) {
            return null;
        }
        $own = $chance * min($this->longestWait, self::FIRST_S * 2 ** ($try - 1));
        return ($retryAfter ?? 0.0) + $own;
    }

    /** Seconds that a header `Retry-After` asks for, given in seconds or as a date; null if it says neither. */
    public static function retryAfter(string $header, int $now): ?float
    {
        if (preg_match('/^\d{1,9}$/D', $header) === 1) {
            return (float) $header;
        }
        $date = \DateTimeImmutable::createFromFormat('D, d M Y H:i:s \G\M\T', $header, new \DateTimeZone('UTC'));
        return $date === false ? null : (float) max(0, $date->getTimestamp() - $now);
    }
}
