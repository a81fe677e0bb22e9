<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Tests;

use Nyholm\Psr7\ServerRequest;
use PHPUnit\Framework\TestCase;
use WidgetGateway\Client\Events\AccessLimitNear;
use WidgetGateway\Client\Events\AttemptPaused;
use WidgetGateway\Client\Events\UnknownEvent;
use WidgetGateway\Client\Exceptions\WebhookException;
use WidgetGateway\Client\Webhook;

final class WebhookTest extends TestCase
{
    private const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    private const NOW = 1_700_000_000;
    private const PAUSED = '{"type":"attempt.paused","timestamp":"2026-05-04T12:40:00.000Z",'
        . '"data":{"session":"5d9b1c1e-8f37-4f0b-9d3c-2f9a7e6b4c21","test":"career-interests"}}';

    /** @return array<string, string> */
    private static function signed(string $body, string $secret = self::SECRET, int $at = self::NOW): array
    {
        $signature = hash_hmac('sha256', "msg_1.$at.$body", base64_decode(substr($secret, 6)), true);
        return [
            'Webhook-Id' => 'msg_1',
            'Webhook-Timestamp' => (string) $at,
            'Webhook-Signature' => 'v1,' . base64_encode($signature),
        ];
    }

    public function testAnEventHasTheTypeOfItsData(): void
    {
        $event = Webhook::verify(self::SECRET, self::signed(self::PAUSED), self::PAUSED, now: self::NOW);
        self::assertInstanceOf(AttemptPaused::class, $event);
        self::assertSame('msg_1', $event->id);
        self::assertSame('attempt.paused', $event->type);
        self::assertSame('career-interests', $event->data->test);
        self::assertNull($event->data->user_id);
        self::assertSame('2026-05-04 12:40:00', $event->timestamp->format('Y-m-d H:i:s'));
    }

    public function testTheExampleOfTheStandardIsVerified(): void
    {
        // https://github.com/standard-webhooks/standard-webhooks: the body is signed, but no event of ours.
        $headers = [
            'webhook-id' => 'msg_p5jXN8AQM9LWM0D4loKWxJek',
            'webhook-timestamp' => '1614265330',
            'webhook-signature' => 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
        ];
        $this->expectException(WebhookException::class);
        $this->expectExceptionMessage('It is signed, but no event');
        Webhook::verify(self::SECRET, $headers, '{"test": 2432232314}', now: 1_614_265_330);
    }

    public function testAnEventOfANewerGatewayIsGivenAsItIs(): void
    {
        $body = '{"type":"moon.full","timestamp":"2026-05-04T12:40:00Z","data":{"phase":{"at":[1]}},"more":1}';
        $event = Webhook::verify(self::SECRET, self::signed($body), $body, now: self::NOW);
        self::assertInstanceOf(UnknownEvent::class, $event);
        self::assertSame(['phase' => ['at' => [1]]], $event->data);
    }

    public function testANumberIsReadAsANumber(): void
    {
        $body = '{"type":"access.limit_near","timestamp":"2026-05-04T12:40:00Z","data":{"percent":80,"access_count":8,'
            . '"access_limit":10,"overdraft":0,"sandbox":true}}';
        $event = Webhook::verify(self::SECRET, self::signed($body), $body, now: self::NOW);
        self::assertInstanceOf(AccessLimitNear::class, $event);
        self::assertSame(80, $event->data->percent);
        self::assertTrue($event->data->sandbox);
    }

    public function testHeadersMayBeThoseOfAnyServer(): void
    {
        $headers = self::signed(self::PAUSED);
        $request = new ServerRequest('POST', 'https://site.example/hook', $headers, self::PAUSED);
        $server = ['PHP_SELF' => '/hook.php', 'argv' => ['a'], 'REQUEST_TIME' => 1];
        foreach ($headers as $name => $value) {
            $server['HTTP_' . strtoupper(str_replace('-', '_', $name))] = $value;
        }
        foreach ([$headers, array_change_key_case($headers), $request->getHeaders(), $server] as $shape) {
            self::assertSame('msg_1', Webhook::verify(self::SECRET, $shape, self::PAUSED, now: self::NOW)->id);
        }
    }

    public function testBothSecretsAreValidWhileTheyChange(): void
    {
        $old = 'whsec_' . base64_encode(random_bytes(32));
        $other = 'whsec_' . base64_encode(random_bytes(32));
        $headers = self::signed(self::PAUSED, $old);
        self::assertSame('msg_1', Webhook::verify([$other, $old], $headers, self::PAUSED, now: self::NOW)->id);
        $headers['Webhook-Signature'] = self::signed(self::PAUSED, $other)['Webhook-Signature'] . ' '
            . $headers['Webhook-Signature'];
        self::assertSame('msg_1', Webhook::verify($old, $headers, self::PAUSED, now: self::NOW)->id);
    }

    /** @dataProvider forgeries */
    public function testWhatIsNotGenuineIsRefused(
        array $changed,
        string $body = self::PAUSED,
        int $now = self::NOW,
    ): void {
        $headers = array_filter($changed + self::signed(self::PAUSED), static fn ($value) => $value !== null);
        $this->expectException(WebhookException::class);
        Webhook::verify(self::SECRET, $headers, $body, now: $now);
    }

    /** @return iterable<string, array<mixed>> */
    public static function forgeries(): iterable
    {
        $signature = self::signed(self::PAUSED)['Webhook-Signature'];
        yield 'another body' => [[], self::PAUSED . ' '];
        yield 'another id' => [['Webhook-Id' => 'msg_2']];
        yield 'another time' => [['Webhook-Timestamp' => (string) (self::NOW + 1)]];
        yield 'more than five minutes old' => [[], self::PAUSED, self::NOW + 301];
        yield 'more than five minutes ahead' => [[], self::PAUSED, self::NOW - 301];
        yield 'a time in words' => [['Webhook-Timestamp' => 'now']];
        yield 'a time with a fraction' => [['Webhook-Timestamp' => self::NOW . '.0']];
        yield 'a negative time' => [['Webhook-Timestamp' => '-' . self::NOW]];
        yield 'no id' => [['Webhook-Id' => null]];
        yield 'no time' => [['Webhook-Timestamp' => null]];
        yield 'no signature' => [['Webhook-Signature' => null]];
        yield 'an empty signature' => [['Webhook-Signature' => '']];
        yield 'another secret' => [self::signed(self::PAUSED, 'whsec_' . base64_encode('another secret'))];
        yield 'another version of signatures' => [['Webhook-Signature' => 'v2' . substr($signature, 2)]];
        yield 'a part of the signature' => [['Webhook-Signature' => substr($signature, 0, -4)]];
        yield 'a signature in small letters' => [['Webhook-Signature' => strtolower($signature)]];
        yield 'two different ids' => [['Webhook-Id' => ['msg_1', 'msg_2']]];
        yield 'a header in two spellings' => [['webhook-id' => 'msg_2']];
        yield 'a nested header' => [['Webhook-Id' => [['msg_1']]]];
        yield 'a number for a header' => [['Webhook-Id' => 1]];
    }

    /** @dataProvider brokenBodies */
    public function testASignedBodyThatIsNoEventIsRefused(string $body): void
    {
        $this->expectException(WebhookException::class);
        $this->expectExceptionMessage('It is signed, but no event');
        Webhook::verify(self::SECRET, self::signed($body), $body, now: self::NOW);
    }

    /** @return iterable<string, array{string}> */
    public static function brokenBodies(): iterable
    {
        yield 'nothing' => [''];
        yield 'a list' => ['[]'];
        yield 'no type' => ['{"timestamp":"2026-05-04T12:40:00Z","data":{}}'];
        yield 'no data' => ['{"type":"attempt.paused","timestamp":"2026-05-04T12:40:00Z"}'];
        yield 'a list of data' => ['{"type":"moon.full","timestamp":"2026-05-04T12:40:00Z","data":[]}'];
        yield 'no time' => ['{"type":"attempt.paused","timestamp":"tomorrow","data":{"session":"s","test":"t"}}'];
        yield 'a number for a session' => [str_replace('"5d9b1c1e-8f37-4f0b-9d3c-2f9a7e6b4c21"', '5', self::PAUSED)];
        yield 'bytes that are no UTF-8' => ["{\"type\":\"\xff\"}"];
        yield 'nesting without end' => [str_repeat('[', 100_000)];
    }

    /** @dataProvider noSecrets */
    public function testAMissingSecretVerifiesNothing(string|array $secret): void
    {
        $headers = self::signed(self::PAUSED, 'whsec_');
        $this->expectException(\InvalidArgumentException::class);
        Webhook::verify($secret, $headers, self::PAUSED, now: self::NOW);
    }

    /** @return iterable<string, array{string|list<string>}> */
    public static function noSecrets(): iterable
    {
        yield 'empty' => [''];
        yield 'a prefix alone' => ['whsec_'];
        yield 'none' => [[]];
        yield 'a good one and an empty one' => [[self::SECRET, '']];
        yield 'no Base64' => ['whsec_!!!'];
    }
}
