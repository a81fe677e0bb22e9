<?php

declare(strict_types=1);

namespace WidgetGateway\Client;

/**
 * A key that no dump, log, exception or serialized object shows.
 *
 * The text is kept beside the object and not in a property of it, since `var_export`, casts to array and the
 * dumpers of frameworks read private properties, too.
 */
final class Secret
{
    /** @var \WeakMap<self, string>|null */
    private static ?\WeakMap $texts = null;

    public function __construct(#[\SensitiveParameter] string $text)
    {
        self::$texts ??= new \WeakMap();
        self::$texts[$this] = $text;
        $text = ''; // PHP 8.1 would show the argument in a stack trace, and shows this instead.
    }

    /** The text itself. */
    public function reveal(): string
    {
        return self::$texts[$this] ?? '';
    }

    /** Replace the secret wherever it stands in a text that others have written. */
    public function hideIn(string $text): string
    {
        return $this->reveal() === '' ? $text : str_replace($this->reveal(), '[key]', $text);
    }

    /** @return array<string, string> */
    public function __debugInfo(): array
    {
        return ['text' => '[key]'];
    }

    /** @return array<never, never> */
    public function __serialize(): array
    {
        throw new \LogicException('A secret is not serialized.');
    }

    private function __clone()
    {
    }
}
