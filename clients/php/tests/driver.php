<?php

/** Speaks with the suite of cases that all clients share (tests/clients/README.md). */

declare(strict_types=1);

use Psr\Log\AbstractLogger;
use WidgetGateway\Client\Client;
use WidgetGateway\Client\Exceptions\AnswerException;
use WidgetGateway\Client\Exceptions\GatewayException;
use WidgetGateway\Client\Exceptions\TransportException;
use WidgetGateway\Client\Exceptions\WebhookException;
use WidgetGateway\Client\Webhook;

require __DIR__ . '/../autoload.php';
require '/usr/share/php/Psr/Log/autoload.php';

// Traces show all arguments, and whole texts, as on a developer's machine.
ini_set('zend.exception_ignore_args', '0');
ini_set('zend.exception_string_param_max_len', '1000000');

/** Keeps what the client logs. */
final class Log extends AbstractLogger
{
    public string $text = '';

    public function log($level, $message, array $context = []): void
    {
        $this->text .= "$level $message " . json_encode($context) . "\n";
    }
}

/** Carries out commands; the last client is its only state. */
final class Driver
{
    public readonly Log $log;

    private ?Client $client = null;

    public function __construct()
    {
        $this->log = new Log();
    }

    public function do(#[\SensitiveParameter] stdClass $command): mixed
    {
        return match ($command->do) {
            'client' => $this->make($command),
            'call' => $this->call($command, ''),
            'all' => $this->all($command),
            'file' => $this->file($command),
            'webhook' => Webhook::verify(
                count($command->secrets) === 1 ? $command->secrets[0] : $command->secrets,
                (array) $command->headers,
                base64_decode($command->body),
            ),
            'show' => $this->show(),
        };
    }

    /** @return array{sandbox: bool} */
    private function make(#[\SensitiveParameter] stdClass $command): array
    {
        $names = [
            'timeout_s' => 'timeout',
            'attempts' => 'attempts',
            'longest_wait_s' => 'longestWait',
            'answer_limit' => 'answerLimit',
        ];
        $options = [];
        foreach ($command->options ?? [] as $name => $value) {
            $options[$names[$name]] = $value;
        }
        $this->client = new Client($command->address, $command->key, ...$options, logger: $this->log);
        return ['sandbox' => $this->client->sandbox];
    }

    private function call(stdClass $command, string $ending): mixed
    {
        [$first, $second] = explode('/', $command->call) + [1 => ''];
        $parameters = array_filter((array) ($command->parameters ?? []), static fn ($value) => $value !== null);
        if (isset($command->idempotency_key)) {
            $parameters['idempotency_key'] = $command->idempotency_key;
        }
        return $this->client->{$first . ucfirst($second) . $ending}(...$parameters);
    }

    /** @return list<mixed> */
    private function all(stdClass $command): array
    {
        $items = [];
        foreach ($this->call($command, 'All') as $item) {
            $items[] = $item;
            if (count($items) === ($command->first ?? null)) {
                break;
            }
        }
        return $items;
    }

    /** @return array<string, string|null> */
    private function file(stdClass $command): array
    {
        $file = $this->call($command, 'File');
        return [
            'media_type' => $file->mediaType,
            'filename' => $file->filename,
            'base64' => base64_encode($file->content),
        ];
    }

    private function show(): string
    {
        ob_start();
        var_dump($this->client);
        print_r($this->client);
        var_export((array) $this->client);
        debug_zval_dump($this->client);
        echo json_encode($this->client);
        try {
            echo serialize($this->client);
        } catch (Throwable $refused) {
            echo $refused;
        }
        return ob_get_clean();
    }
}

/** @return array<string, mixed> */
function described(Throwable $error): array
{
    $name = (new ReflectionClass($error))->getShortName();
    return [
        'kind' => match (true) {
            $error instanceof GatewayException => 'gateway',
            $error instanceof TransportException => 'transport',
            $error instanceof AnswerException => 'answer',
            $error instanceof WebhookException => 'webhook',
            $error instanceof InvalidArgumentException, $error instanceof Error => 'argument',
        },
        'class' => preg_replace('/Exception$/', '', $name),
        'reason' => $error->reason ?? null,
        'code' => $error->getCode(),
        'message' => $error->getMessage(),
        'request_id' => $error->requestId ?? null,
        'text' => $error . print_r($error->getTrace(), true) . print_r($error->getPrevious(), true),
    ];
}

$driver = new Driver();
while (($line = fgets(STDIN)) !== false) {
    $driver->log->text = '';
    try {
        $answer = ['value' => $driver->do(json_decode($line, false, 512, JSON_THROW_ON_ERROR))];
    } catch (Throwable $error) {
        $answer = ['error' => described($error)];
    }
    $answer['logged'] = $driver->log->text;
    fwrite(STDOUT, json_encode($answer, JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR) . "\n");
}
