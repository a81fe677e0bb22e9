<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Tests;

/** A real server in a process of its own, which answers as scripted: what no real gateway would do on demand. */
final class ScriptedServer
{
    public readonly string $url;

    /** @var resource */
    private $process;

    /** @var array<int, resource> */
    private array $pipes = [];

    /** @param list<string|null> $answers raw answers, one for each request; null closes the connection */
    public function __construct(array $answers)
    {
        $command = [PHP_BINARY, __DIR__ . '/scripted-server.php'];
        $this->process = proc_open($command, [['pipe', 'r'], ['pipe', 'w'], STDERR], $this->pipes);
        $this->url = 'http://127.0.0.1:' . trim(fgets($this->pipes[1]));
        $encoded = array_map(static fn (?string $each) => $each === null ? null : base64_encode($each), $answers);
        fwrite($this->pipes[0], json_encode($encoded) . "\n");
    }

    public function __destruct()
    {
        proc_terminate($this->process, 9);
        proc_close($this->process);
    }

    /** A well-formed answer with a body. */
    public static function answer(string $body, int $status = 200, string ...$headers): string
    {
        $headers = ['Content-Type: application/json', ...$headers, 'Content-Length: ' . strlen($body)];
        return "HTTP/1.1 $status Scripted\r\n" . implode("\r\n", [...$headers, 'Connection: close']) . "\r\n\r\n$body";
    }

    /** A refusal as the partner API writes it. */
    public static function refusal(int $status, string $reason, string ...$headers): string
    {
        $error = ['code' => $status, 'message' => "It is $reason.", 'reason' => $reason];
        return self::answer(json_encode(['error' => $error]), $status, ...$headers);
    }

    /**
     * The next request that has come.
     *
     * @return array{line: string, headers: array<string, string>, body: string}
     */
    public function request(): array
    {
        return json_decode(fgets($this->pipes[1]), true);
    }
}
