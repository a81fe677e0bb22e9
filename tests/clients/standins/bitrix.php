<?php

// A small stand-in for 1C-Bitrix: the classes and functions that the snippet names, with their meaning.
// The router copies nothing: `prolog_before.php` of the document root requires this file.

namespace Bitrix\Main {
    class Connection
    {
        public function queryExecute(string $sql): void
        {
            $form = "/^INSERT IGNORE INTO site_attempts \(SESSION, USER_ID\) VALUES \('([0-9a-f-]{36})', (\d+)\)$/D";
            preg_match($form, $sql, $found) || throw new \LogicException($sql);
            \Kept::insert($found[1], $found[2]);
        }

        public function queryScalar(string $sql): ?string
        {
            preg_match("/^SELECT USER_ID FROM site_attempts WHERE SESSION = '([^']*)'$/D", $sql, $found)
                || throw new \LogicException($sql);
            return \Kept::find($found[1]);
        }

        public function getSqlHelper(): object
        {
            return new class () {
                public function forSql(string $text, int $length): string
                {
                    return addslashes(substr($text, 0, $length));
                }
            };
        }
    }

    class Request
    {
        public function getQuery(string $name): ?string
        {
            return $_GET[$name] ?? null;
        }
    }

    class Application
    {
        public static function getInstance(): self
        {
            return new self();
        }

        public static function getConnection(): Connection
        {
            return new Connection();
        }

        public function getContext(): self
        {
            return $this;
        }

        public function getRequest(): Request
        {
            return new Request();
        }
    }

    class Event
    {
        public function __construct(private readonly array $parameters)
        {
        }

        public function getParameter(string $name): mixed
        {
            return $this->parameters[$name] ?? null;
        }
    }

    class EventManager
    {
        public static array $handlers = [];

        public static function getInstance(): self
        {
            return new self();
        }

        public function addEventHandler(string $module, string $event, callable $handler): void
        {
            self::$handlers["$module:$event"] = $handler;
        }
    }
}

namespace Bitrix\Main\Engine {
    class CurrentUser
    {
        public static function get(): self
        {
            return new self();
        }

        public function getId(): ?int
        {
            return isset($_SESSION['user_id']) ? (int) $_SESSION['user_id'] : null;
        }
    }
}

namespace Bitrix\Main\Web {
    class Json
    {
        public static function encode(mixed $value): string
        {
            return json_encode($value, JSON_THROW_ON_ERROR);
        }
    }
}

namespace {
    const LANGUAGE_ID = 'en';

    final class CMain
    {
        public static function FinalActions(): void
        {
            session_write_close();
        }
    }

    /** An order of the module `sale`, with one property. */
    final class Order
    {
        public function __construct(private readonly ?string $session)
        {
        }

        public function getId(): int
        {
            return 7;
        }

        public function isPaid(): bool
        {
            return true;
        }

        public function getPropertyCollection(): self
        {
            return $this;
        }

        public function getItemByOrderPropertyCode(string $code): ?self
        {
            return $code === 'TEST_SESSION' && $this->session !== null ? $this : null;
        }

        public function getValue(): ?string
        {
            return $this->session;
        }
    }

    function bitrix_sessid(): string
    {
        return $_SESSION['token'];
    }

    function check_bitrix_sessid(): bool
    {
        return hash_equals($_SESSION['token'] ?? '-', $_SERVER['HTTP_X_BITRIX_CSRF_TOKEN'] ?? '');
    }

    require __DIR__ . '/kept.php';
    session_start();
    require $_SERVER['DOCUMENT_ROOT'] . '/local/php_interface/init.php';
}
