<?php

/** Runs the example for 1C-Bitrix with stand-ins of the few functions of Bitrix that it calls. */

declare(strict_types=1);

namespace Bitrix\Main\Config {
    final class Configuration
    {
        /** @return array<string, string> */
        public static function getValue(string $name): array
        {
            return [
                'url' => getenv('GATEWAY_URL'),
                'key' => getenv('GATEWAY_CLIENT_KEY'),
                'webhook_secret' => getenv('GATEWAY_WEBHOOK_SECRET'),
            ];
        }
    }
}

namespace Bitrix\Main {
    final class Application
    {
        private int $affected = 0;

        public static function getConnection(): self
        {
            return new self();
        }

        public function queryExecute(string $sql): void
        {
            preg_match("/VALUES \('([0-9a-f]{64})'\)/", $sql, $found);
            $this->affected = @fopen(getenv('EVENTS_FOLDER') . "/$found[1]", 'x') === false ? 0 : 1;
        }

        public function getAffectedRowsCount(): int
        {
            return $this->affected;
        }
    }
}

namespace {
    define('LANGUAGE_ID', 'en');

    function check_bitrix_sessid(): bool
    {
        return ($_POST['sessid'] ?? '') === 'of-this-session';
    }

    function AddMessage2Log(string $text): void
    {
        error_log($text);
    }

    $USER = new class (require __DIR__ . '/sign-in.php') {
        public function __construct(private readonly string $name)
        {
        }

        public function IsAuthorized(): bool
        {
            return $this->name !== '';
        }

        public function GetID(): string
        {
            return (string) crc32($this->name); // Bitrix gives numbers as strings.
        }
    };
    $_SERVER['DOCUMENT_ROOT'] = getenv('SITE');
    require getenv('SITE') . '/local/tests/index.php';
}
