<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Http;

use Psr\Log\LoggerInterface;
use WidgetGateway\Client\Exceptions\AnswerException;
use WidgetGateway\Client\Exceptions\GatewayException;
use WidgetGateway\Client\Exceptions\Reasons;
use WidgetGateway\Client\Exceptions\TransportException;
use WidgetGateway\Client\Json\Members;
use WidgetGateway\Client\Json\Read;

/**
 * Makes calls, again after a pause if they may succeed then, and turns refusals into exceptions.
 *
 * @internal
 */
final class Caller
{
    private const REASON = '/^[a-z0-9_]{1,100}$/D';

    /** @param \Closure(float): void $sleep waits for so many seconds */
    public function __construct(
        private readonly Transport $transport,
        private readonly Retries $retries,
        private readonly ?LoggerInterface $logger,
        private readonly \Closure $sleep,
    ) {
    }

    /**
     * Return the answer of status 200.
     *
     * @throws GatewayException|TransportException|AnswerException the call has failed
     */
    public function call(Request $request): Response
    {
        for ($try = 1;; $try++) {
            $error = null;
            try {
                $response = $this->transport->send($request)->without($request->key);
            } catch (TransportException $failure) {
                $error = new TransportException($failure->getMessage(), $request->id, $request->idempotencyKey);
            } catch (AnswerException $failure) {
                throw new AnswerException($failure->getMessage(), $failure->getCode(), $request->id);
            }
            if ($error === null && $response->status === 200) {
                $this->log('debug', 'answered', $request, $try);
                return $response;
            }
            $error ??= self::refusal($request, $response);
            $reason = $error instanceof GatewayException ? $error->reason : '';
            $wish = $error instanceof TransportException ? null : self::retryAfter($response);
            $pause = $error instanceof TransportException || Retries::isPassing($error->getCode(), $reason)
                ? $this->retries->pause($try, $wish, random_int(0, 1_000_000) / 1_000_000)
                : null;
            $about = ['status' => $error->getCode(), 'reason' => $reason ?: $error->getMessage()];
            if ($pause === null) {
                $this->log('info', 'failed: {reason}', $request, $try, $about);
                throw $error;
            }
            $this->log('warning', 'is tried again: {reason}', $request, $try, $about + ['pause' => $pause]);
            ($this->sleep)($pause);
        }
    }

    /** @param array<string, mixed> $about */
    private function log(string $level, string $what, Request $request, int $try, array $about = []): void
    {
        $about += ['call' => $request->path, 'try' => $try, 'request_id' => $request->id];
        $this->logger?->log($level, "widget-gateway: {call} $what", $about);
    }

    private static function retryAfter(Response $response): ?float
    {
        return Retries::retryAfter($response->header('retry-after'), time());
    }

    private static function refusal(Request $request, Response $response): GatewayException|AnswerException
    {
        $id = $response->requestId() ?: $request->id;
        try {
            $answer = new Members(Read::document($response->body), 'answer');
            $error = new Members($answer->get('error', static fn (mixed $value): mixed => $value), 'error');
            $message = $request->key->hideIn($error->get('message', Read::string(...)));
            $reason = $error->get('reason', Read::string(...));
        } catch (\UnexpectedValueException) {
            $reason = '';
        }
        if ($response->status < 400 || preg_match(self::REASON, $reason) !== 1) {
            $place = 'the gateway, or something before it, has answered with status';
            return new AnswerException("No answer of the API: $place $response->status.", $response->status, $id);
        }
        $class = Reasons::CLASSES[$reason] ?? GatewayException::class;
        return new $class($message, $response->status, $reason, $id, self::retryAfter($response));
    }
}
