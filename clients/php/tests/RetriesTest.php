<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Tests;

use PHPUnit\Framework\TestCase;
use WidgetGateway\Client\Http\Retries;

final class RetriesTest extends TestCase
{
    public function testPausesGrowAndAreRandom(): void
    {
        $retries = new Retries(attempts: 5, longestWait: 30.0);
        $pauses = array_map(static fn (int $try): ?float => $retries->pause($try, null, 1.0), range(1, 5));
        self::assertSame([0.5, 1.0, 2.0, 4.0, null], $pauses);
        self::assertSame(0.0, $retries->pause(1, null, 0.0));
    }

    public function testAPauseIsNeverShorterThanRetryAfter(): void
    {
        $retries = new Retries(attempts: 2, longestWait: 30.0);
        self::assertSame(7.0, $retries->pause(1, 7.0, 0.0));
        self::assertSame(7.5, $retries->pause(1, 7.0, 1.0));
    }

    public function testALongerRetryAfterThanAPageCanWaitEndsTheCall(): void
    {
        $retries = new Retries(attempts: 2, longestWait: 30.0);
        self::assertNotNull($retries->pause(1, 30.0, 0.0));
        self::assertNull($retries->pause(1, 31.0, 0.0));
    }

    /** @dataProvider headers */
    public function testRetryAfterIsReadAsSecondsOrAsADate(string $header, ?float $expected): void
    {
        self::assertSame($expected, Retries::retryAfter($header, now: 1_700_000_000));
    }

    /** @return iterable<string, array{string, float|null}> */
    public static function headers(): iterable
    {
        yield 'seconds' => ['120', 120.0];
        yield 'none' => ['', null];
        yield 'a date' => ['Tue, 14 Nov 2023 22:14:20 GMT', 60.0];
        yield 'a date that is over' => ['Tue, 14 Nov 2023 22:00:00 GMT', 0.0];
        yield 'a negative number' => ['-5', null];
        yield 'a fraction' => ['1.5', null];
        yield 'a number beyond all time' => [str_repeat('9', 400), null];
        yield 'words' => ['soon', null];
        yield 'seconds and a line' => ["5\n", null];
    }

    public function testOnlyWhatPassesIsTriedAgain(): void
    {
        foreach ([429, 502, 503, 504] as $status) {
            self::assertTrue(Retries::isPassing($status, ''));
        }
        self::assertTrue(Retries::isPassing(409, 'idempotency_key_in_use'));
        foreach ([[400, 'parameter_invalid'], [404, 'result_not_found'], [500, 'internal']] as [$status, $reason]) {
            self::assertFalse(Retries::isPassing($status, $reason));
        }
        self::assertFalse(Retries::isPassing(409, 'result_attached_to_another_user'));
    }

    public function testNoTriesAreRefused(): void
    {
        $this->expectException(\InvalidArgumentException::class);
        new Retries(attempts: 0, longestWait: 1.0);
    }
}
