<?php

declare(strict_types=1);

namespace WidgetGateway\Client;

use WidgetGateway\Client\Events\Event;
use WidgetGateway\Client\Exceptions\WebhookException;
use WidgetGateway\Client\Json\Read;

/** Tells whether a webhook is from the gateway, as Standard Webhooks describes it, and reads its event. */
final class Webhook
{
    /** Seconds by which the time of a webhook may differ from this server's clock. */
    public const TOLERANCE_S = 300;

    private const PREFIX = 'whsec_';

    /**
     * Check a webhook and return its event. An event can come twice: remember the `id` of those that you have handled.
     *
     * @param string|list<string> $secrets the secret, or the new and the old one while they change
     * @param array<string, mixed> $headers `getallheaders()`, `$_SERVER`, or those of a PSR-7 or framework's request
     * @param string $body the body as it came, `file_get_contents('php://input')`, and not what was parsed from it
     * @param int|null $now seconds since 1970, for tests; the clock otherwise
     *
     * @throws WebhookException it is not from the gateway, too old, or changed on its way: answer 400
     */
    public static function verify(
        #[\SensitiveParameter] string|array $secrets,
        array $headers,
        string $body,
        int $tolerance = self::TOLERANCE_S,
        ?int $now = null,
    ): Event {
        $given = (array) $secrets;
        $secrets = ''; // PHP 8.1 would show the argument in a stack trace, and shows this instead.
        $keys = [];
        foreach ($given as $secret) {
            $keys[] = self::key($secret);
        }
        if ($keys === []) {
            throw new \InvalidArgumentException('There is no secret to verify the webhook by.');
        }
        $id = self::header($headers, 'webhook-id');
        $timestamp = self::header($headers, 'webhook-timestamp');
        $signatures = self::header($headers, 'webhook-signature');
        if (preg_match('/^\d{1,12}$/D', $timestamp) !== 1) {
            throw new WebhookException('Its webhook-timestamp is no number of seconds.');
        }
        if (abs(($now ?? time()) - (int) $timestamp) > $tolerance) {
            throw new WebhookException('It is too old, or from the future: compare the clocks.');
        }
        if (!self::isSigned($keys, "$id.$timestamp.$body", $signatures)) {
            throw new WebhookException('No signature is of this body and this secret.');
        }
        try {
            return Event::read($id, Read::document($body));
        } catch (\UnexpectedValueException $error) {
            throw new WebhookException('It is signed, but no event: ' . $error->getMessage());
        }
    }

    private static function key(#[\SensitiveParameter] string $secret): Secret
    {
        $encoded = str_starts_with($secret, self::PREFIX) ? substr($secret, strlen(self::PREFIX)) : $secret;
        $secret = '';
        $key = base64_decode($encoded, true);
        $encoded = '';
        if ($key === false || $key === '') {
            throw new \InvalidArgumentException('A secret is empty or mistyped: it begins with whsec_.');
        }
        return new Secret($key);
    }

    /** @param list<Secret> $keys */
    private static function isSigned(array $keys, string $signed, string $signatures): bool
    {
        $found = false;
        foreach ($keys as $key) {
            $expected = 'v1,' . base64_encode(hash_hmac('sha256', $signed, $key->reveal(), true));
            foreach (explode(' ', $signatures) as $signature) {
                $found = hash_equals($expected, $signature) || $found;
            }
        }
        return $found;
    }

    /** @param array<string, mixed> $headers */
    private static function header(array $headers, string $name): string
    {
        $found = [];
        foreach ($headers as $key => $value) {
            $key = str_replace('_', '-', strtolower((string) $key));
            if ($key === $name || $key === "http-$name") {
                foreach ((array) $value as $each) {
                    $found[is_string($each) ? $each : ''] = true;
                }
            }
        }
        if (count($found) !== 1 || isset($found[''])) {
            throw new WebhookException("It has no header $name, or several.");
        }
        return (string) array_key_first($found);
    }
}
