<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Tests;

use Nyholm\Psr7\Factory\Psr17Factory;
use PHPUnit\Framework\TestCase;
use Symfony\Component\HttpClient\HttpClient;
use Symfony\Component\HttpClient\Psr18Client;
use WidgetGateway\Client\Client;
use WidgetGateway\Client\Exceptions\ClientException;
use WidgetGateway\Client\Secret;
use WidgetGateway\Client\Webhook;

final class SecretTest extends TestCase
{
    private const KEY = 'test_KEY-that-nobody-may-see_0123456789';
    private const NOBODY = 'http://127.0.0.1:1';

    protected function setUp(): void
    {
        // As on a developer's machine: traces have arguments, and these have their whole text.
        ini_set('zend.exception_ignore_args', '0');
        ini_set('zend.exception_string_param_max_len', '100000');
    }

    protected function tearDown(): void
    {
        ini_restore('zend.exception_ignore_args');
        ini_restore('zend.exception_string_param_max_len');
    }

    /** All that a developer, a framework's error page or a log of errors could show of a value. */
    private static function shown(mixed $value): string
    {
        ob_start();
        var_dump($value);
        print_r($value);
        debug_zval_dump($value);
        var_export($value);
        echo json_encode($value, JSON_PARTIAL_OUTPUT_ON_ERROR);
        self::walk($value, new \SplObjectStorage());
        return ob_get_clean();
    }

    /** All that could be shown of an exception, the arguments of the client's functions included. */
    private static function told(\Throwable $error): string
    {
        $told = '';
        for ($each = $error; $each !== null; $each = $each->getPrevious()) {
            // The frames of PHPUnit hold all of its objects.
            $frames = array_filter($each->getTrace(), static fn (array $frame): bool
                => !str_contains($frame['class'] ?? '', 'PHPUnit') && !str_contains($frame['class'] ?? '', __CLASS__));
            $told .= $each . self::shown($frames) . json_encode(get_object_vars($each));
        }
        return $told;
    }

    /** Show private properties, too, as the dumpers of frameworks do. */
    private static function walk(mixed $value, \SplObjectStorage $seen): void
    {
        if (is_scalar($value)) {
            echo $value, ' ';
        } elseif (is_array($value) || (is_object($value) && !$seen->contains($value))) {
            is_object($value) && $seen->attach($value);
            foreach ((array) $value as $member) {
                self::walk($member, $seen);
            }
        }
    }

    public function testNoDumpOfAClientHasTheKey(): void
    {
        foreach ([null, new Psr18Client(HttpClient::create())] as $http) {
            $client = new Client(self::NOBODY, self::KEY, http: $http);
            $shown = self::shown($client);
            self::assertStringContainsString('[key]', $shown);
            self::assertStringNotContainsString('nobody-may-see', $shown);
        }
    }

    public function testAClientIsNeitherSerializedNorItsSecretCloned(): void
    {
        $client = new Client(self::NOBODY, self::KEY);
        try {
            serialize($client);
            self::fail('It was serialized.');
        } catch (\LogicException $refused) {
            self::assertStringNotContainsString('nobody-may-see', self::told($refused));
        }
        $this->expectException(\Error::class);
        clone new Secret(self::KEY);
    }

    /** @dataProvider faultyClients */
    public function testNoExceptionHasTheKeyWhateverTheCallBecame(\Closure $call): void
    {
        try {
            $call();
            self::fail('It did not fail.');
        } catch (ClientException | \InvalidArgumentException $error) {
            self::assertStringNotContainsString('nobody-may-see', self::told($error));
        }
    }

    /** @return iterable<string, array{\Closure}> */
    public static function faultyClients(): iterable
    {
        $symfony = static fn () => new Psr18Client(HttpClient::create());
        $make = static fn (string $url, mixed ...$more) => new Client($url, self::KEY, ...$more, attempts: 1);
        $echo = ScriptedServer::refusal(404, 'some_reason', 'X-Request-Id: ' . self::KEY);
        $echo = str_replace(['It is', 'Content-Length: '], ['Bearer ' . self::KEY . ' is', 'X-Length: '], $echo);
        yield 'nobody listens' => [static fn () => $make(self::NOBODY)->stats()];
        yield 'nobody listens to a PSR-18 client' => [static fn () => $make(self::NOBODY, http: $symfony())->stats()];
        yield 'an answer repeats the key' => [static fn () => $make((new ScriptedServer([$echo]))->url)->stats()];
        yield 'the address is none' => [static fn () => $make('gateway.example')];
        yield 'the key stands in the address' => [
            static fn () => new Client('https://' . self::KEY . '@gateway.example', 'live_x'),
        ];
        yield 'the key is in the place of the address' => [static fn () => new Client(self::KEY, self::NOBODY)];
        yield 'the key has a space' => [static fn () => new Client(self::NOBODY, self::KEY . ' ')];
        yield 'the key has a line' => [static fn () => new Client(self::NOBODY, self::KEY . "\r\nX: y")];
        yield 'the timeout is none' => [static fn () => $make(self::NOBODY, timeout: 0.0)];
        yield 'the factories are missing' => [static fn () => $make(self::NOBODY, http: new PlainClient())];
        yield 'a webhook is not genuine' => [
            static fn () => Webhook::verify('whsec_' . base64_encode('nobody-may-see'), [], '{}'),
        ];
        yield 'a webhook has an odd secret' => [static fn () => Webhook::verify(['nobody-may-see!'], [], '{}')];
    }

    public function testAThrowingFactoryDoesNotTellTheKey(): void
    {
        $client = new Client(self::NOBODY, self::KEY, http: new PlainClient(), requests: new Psr17Factory());
        $this->expectException(ClientException::class);
        try {
            $client->stats();
        } catch (ClientException $error) {
            self::assertStringContainsString('Bearer [key] failed', $error->getMessage());
            self::assertStringNotContainsString('nobody-may-see', self::told($error));
            throw $error;
        }
    }
}
