<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Tests;

use Nyholm\Psr7\Factory\Psr17Factory;
use PHPUnit\Framework\TestCase;
use Symfony\Component\HttpClient\HttpClient;
use Symfony\Component\HttpClient\Psr18Client;
use WidgetGateway\Client\Client;
use WidgetGateway\Client\Exceptions\AnswerException;
use WidgetGateway\Client\Exceptions\GatewayException;
use WidgetGateway\Client\Exceptions\RateLimitedException;
use WidgetGateway\Client\Exceptions\ResultNotFoundException;
use WidgetGateway\Client\Exceptions\TransportException;

/** What the client does with answers that no real gateway gives on demand. Each case is run by both transports. */
final class ClientTest extends TestCase
{
    private const KEY = 'test_key';
    private const DONE = '{"status":true}';

    private ScriptedServer $server;

    /** @param list<string|null> $answers */
    private function client(array $answers, string $transport, mixed ...$options): Client
    {
        $this->server = new ScriptedServer($answers);
        $http = $transport === 'psr' ? new Psr18Client(HttpClient::create(['max_redirects' => 0])) : null;
        return new Client($this->server->url, self::KEY, ...$options, http: $http);
    }

    /** @return array<string, array{string}> */
    public static function transports(): array
    {
        return ['cURL' => ['curl'], 'PSR-18' => ['psr']];
    }

    /** @dataProvider transports */
    public function testACallIsAPostOfAnObjectWithTheKeyInOneHeader(string $transport): void
    {
        $page = '{"deliveries":[],"next":null}';
        $this->client([ScriptedServer::answer($page)], $transport)->webhookDeliveries();
        $request = $this->server->request();
        self::assertSame('POST /partner/api/v3/webhook/deliveries HTTP/1.1', $request['line']);
        self::assertSame('{}', $request['body']);
        self::assertSame('Bearer test_key', $request['headers']['authorization']);
        self::assertSame('application/json', $request['headers']['content-type']);
        self::assertArrayNotHasKey('idempotency-key', $request['headers']);
        self::assertSame(1, substr_count(json_encode($request), self::KEY));
    }

    /** @dataProvider transports */
    public function testTriesOfACallThatWritesAreOneCall(string $transport): void
    {
        $answers = [null, ScriptedServer::refusal(503, 'busy', 'Retry-After: 0'), ScriptedServer::answer(self::DONE)];
        $client = $this->client([...$answers, ScriptedServer::answer(self::DONE)], $transport);
        $client->resultAttach(result_key: 'r', user_id: 17);
        $client->resultAttach(result_key: 'r', user_id: 17);
        $headers = array_map(fn (): array => $this->server->request()['headers'], range(1, 4));
        $keys = array_column($headers, 'idempotency-key');
        self::assertMatchesRegularExpression('/^[0-9a-f]{32}$/', $keys[0]);
        self::assertSame([$keys[0], $keys[0]], [$keys[1], $keys[2]]);
        self::assertNotSame($keys[0], $keys[3]);
        self::assertSame($headers[0]['x-request-id'], $headers[2]['x-request-id']);
    }

    public function testAnIdempotencyKeyOfTheSiteIsSent(): void
    {
        $client = $this->client([ScriptedServer::answer(self::DONE)], 'curl');
        $client->paymentConfirm(session: 's', payment_id: 2031, idempotency_key: 'order-2031');
        $request = $this->server->request();
        self::assertSame('order-2031', $request['headers']['idempotency-key']);
        self::assertSame('{"session":"s","payment_id":2031}', $request['body']);
        $this->expectException(\InvalidArgumentException::class);
        $client->paymentConfirm(session: 's', idempotency_key: "a\r\nX-Evil: b");
    }

    public function testARefusalHasTheClassOfItsReason(): void
    {
        $refusal = ScriptedServer::refusal(404, 'result_not_found', 'X-Request-Id: abc-1');
        try {
            $this->client([$refusal], 'curl')->resultGet(result_key: 'r');
            self::fail('It was not refused.');
        } catch (ResultNotFoundException $error) {
            self::assertSame([404, 'result_not_found'], [$error->getCode(), $error->reason]);
            self::assertSame('abc-1', $error->requestId);
            self::assertSame('It is result_not_found.', $error->getMessage());
        }
    }

    public function testAReasonOfANewerGatewayHasTheBaseClass(): void
    {
        try {
            $this->client([ScriptedServer::refusal(418, 'teapot')], 'curl')->stats();
            self::fail('It was not refused.');
        } catch (GatewayException $error) {
            self::assertSame(GatewayException::class, $error::class);
            self::assertSame('teapot', $error->reason);
        }
    }

    public function testAWaitThatIsTooLongIsLeftToTheSite(): void
    {
        $refusal = ScriptedServer::refusal(429, 'rate_limited', 'Retry-After: 3600');
        try {
            $this->client([$refusal], 'curl')->stats();
            self::fail('It was not refused.');
        } catch (RateLimitedException $error) {
            self::assertSame(3600.0, $error->retryAfter);
        }
    }

    /** @dataProvider noAnswers */
    public function testWhatIsNoAnswerOfTheApiIsToldWithItsStatus(string $answer, int $status): void
    {
        foreach (['curl', 'psr'] as $transport) {
            $client = $this->client([$answer], $transport, attempts: 1, answerLimit: 1000);
            try {
                $client->resultGet(result_key: 'r');
                self::fail('It was taken.');
            } catch (AnswerException $error) {
                self::assertSame($status, $error->getCode());
                self::assertStringNotContainsString('secret of a user', $error->getMessage());
            }
        }
    }

    /** @return iterable<string, array{string, int}> */
    public static function noAnswers(): iterable
    {
        $answer = ScriptedServer::answer(...);
        $whole = '{"test":"t","version":1,"created_at":"2026-05-04T12:55:00.000Z","scales":[],"variables":{}}';
        yield 'nothing' => [$answer(''), 200];
        yield 'a page' => [$answer('<h1>secret of a user</h1>'), 200];
        yield 'a page of a proxy' => [$answer('<h1>Bad gateway</h1>', 502), 502];
        yield 'a list' => [$answer('[]'), 200];
        yield 'an object of nothing' => [$answer('{}'), 200];
        yield 'a list for an object' => [$answer(str_replace('"variables":{}', '"variables":[]', $whole)), 200];
        yield 'an object for a list' => [$answer(str_replace('"scales":[]', '"scales":{}', $whole)), 200];
        yield 'a text for a number' => [$answer(str_replace(':1,', ':"secret of a user",', $whole)), 200];
        yield 'a number for a text' => [$answer(str_replace('"t"', '5', $whole)), 200];
        yield 'a time that is none' => [$answer(str_replace('2026-05-04T', '2026-99-99T', $whole)), 200];
        yield 'words for a time' => [$answer(str_replace('2026-05-04T12:55:00.000Z', 'yesterday', $whole)), 200];
        yield 'bytes that are no UTF-8' => [$answer("{\"test\":\"\xff\"}"), 200];
        yield 'nesting without end' => [$answer(str_repeat('[', 500)), 200];
        yield 'an error in a success' => [$answer('{"error":{"code":1,"message":"m","reason":"busy"}}'), 200];
        yield 'an error without a reason' => [$answer('{"error":{"message":"secret of a user"}}', 404), 404];
        yield 'a reason with a line' => [ScriptedServer::refusal(404, "a\nsecret of a user"), 404];
        yield 'a list of an error' => [$answer('{"error":[]}', 400), 400];
        yield 'a status without a body' => ["HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", 204];
        yield 'a redirect' => [$answer('', 302, 'Location: http://127.0.0.1:1/'), 302];
        yield 'a redirect with an error' => [$answer('{"error":{"message":"m","reason":"r"}}', 302), 302];
        yield 'more bytes than the limit' => [$answer('"' . str_repeat('a', 2000) . '"'), 200];
        $zeros = gzencode(str_repeat('0', 1_000_000));
        yield 'few bytes that become many' => [$answer($zeros, 200, 'Content-Encoding: gzip'), 200];
    }

    /** @dataProvider lostAnswers */
    public function testALostAnswerIsAskedForAgain(?string $lost): void
    {
        foreach (['curl', 'psr'] as $transport) {
            $client = $this->client([$lost, ScriptedServer::answer(self::DONE)], $transport);
            self::assertTrue($client->paymentConfirm(session: 's')->status);
            $client = $this->client([$lost], $transport, attempts: 1);
            try {
                $client->paymentConfirm(session: 's');
                self::fail('It was taken.');
            } catch (TransportException $error) {
                self::assertSame(0, $error->getCode());
                $headers = $this->server->request()['headers'];
                self::assertSame($headers['x-request-id'], $error->requestId);
                self::assertSame($headers['idempotency-key'], $error->idempotencyKey);
            }
        }
    }

    /** @return iterable<string, array{string|null}> */
    public static function lostAnswers(): iterable
    {
        yield 'a closed connection' => [null];
        yield 'half a body' => ["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" . self::DONE];
        yield 'no HTTP' => ["SSH-2.0-OpenSSH_9.2\r\n"];
    }

    public function testHalfAHeadIsNoAnswer(): void
    {
        $this->expectException(TransportException::class);
        $this->client(["HTTP/1.1 200 OK\r\nContent-Ty"], 'curl', attempts: 1)->paymentConfirm(session: 's');
    }

    public function testAnswersHeadersBelongToTheLastAnswer(): void
    {
        $interim = "HTTP/1.1 103 Early Hints\r\nX-Request-Id: early\r\n\r\n";
        $refusal = ScriptedServer::refusal(404, 'result_not_found', 'X-Request-Id: late');
        try {
            $this->client([$interim . $refusal], 'curl')->resultGet(result_key: 'r');
            self::fail('It was not refused.');
        } catch (ResultNotFoundException $error) {
            self::assertSame('late', $error->requestId);
        }
    }

    public function testPagesAreFetchedAsTheLoopComesToThem(): void
    {
        $page = static function (string $id, ?string $next): string {
            $user = ['user_id' => $id, 'user_key' => 'k', 'created_at' => '2026-05-04T12:30:00.000Z', 'results' => []];
            return ScriptedServer::answer(json_encode(['users' => [$user], 'next' => $next]));
        };
        $users = $this->client([$page('a', '2'), $page('b', '3'), $page('c', null)], 'curl')->usersAll(limit: 1);
        self::assertSame('a', $users->current()->user_id);
        self::assertSame('{"limit":1}', $this->server->request()['body']);
        $users->next();
        self::assertSame('{"limit":1,"after":"2"}', $this->server->request()['body']);
        $users->next();
        $users->next();
        self::assertFalse($users->valid());

        $all = $this->client([$page('a', '2'), $page('b', null)], 'curl')->usersAll();
        self::assertSame(['a', 'b'], array_column(iterator_to_array($all), 'user_id'));

        $endless = $this->client([$page('a', '2'), $page('a', '2')], 'curl')->usersAll();
        $this->expectException(AnswerException::class);
        iterator_to_array($endless);
    }

    public function testAFileOfAnotherMediaTypeIsNotTaken(): void
    {
        $file = ScriptedServer::answer('%PDF', 200, 'Content-Disposition: attachment; filename="../../etc/passwd"');
        $pdf = str_replace('application/json', 'application/pdf', $file);
        $found = $this->client([$pdf], 'curl')->resultGetFile(result_key: 'r', format: 'pdf');
        self::assertSame(['%PDF', 'application/pdf', null], [$found->content, $found->mediaType, $found->filename]);
        $client = $this->client([$file], 'curl');
        try {
            $client->resultGetFile(result_key: 'r', format: 'json');
            self::fail('It was asked for.');
        } catch (\InvalidArgumentException $error) {
            self::assertSame('format is one of: html, pdf, svg.', $error->getMessage());
        }
        $this->expectException(AnswerException::class);
        $client->resultGetFile(result_key: 'r', format: 'pdf');
    }

    public function testAResultIsJsonAsTheApiWritesIt(): void
    {
        $json = '{"test":"t","version":1,"created_at":"2026-05-04T12:55:00.010Z","scales":[],"variables":{},'
            . '"sandbox":false}';
        $result = $this->client([ScriptedServer::answer($json)], 'curl')->resultGet(result_key: 'r');
        self::assertSame($json, json_encode($result));
        self::assertNull($result->profiles);
    }

    public function testADayIsSentAsItIsInItsOwnTimeZone(): void
    {
        $client = $this->client([ScriptedServer::answer('{}')], 'curl');
        try {
            $from = new \DateTimeImmutable('2026-05-01 00:30', new \DateTimeZone('Asia/Vladivostok'));
            $client->invoice(from: $from, to: '2026-05-31');
        } catch (AnswerException) {
            self::assertSame('{"from":"2026-05-01","to":"2026-05-31"}', $this->server->request()['body']);
        }
    }

    public function testTextThatIsNoUtf8IsRefusedBeforeItIsSent(): void
    {
        $this->expectException(\InvalidArgumentException::class);
        (new Client('http://127.0.0.1:1', self::KEY))->userRegister(user_id: "\xd0");
    }

    public function testFactoriesAreTakenFromWhoeverIsOne(): void
    {
        $http = new PlainClient();
        $both = new Psr17Factory();
        self::assertInstanceOf(Client::class, new Client('http://g.example', self::KEY, http: $http, requests: $both));
        $this->expectException(\InvalidArgumentException::class);
        new Client('http://g.example', self::KEY, http: $http, streams: $both);
    }
}
