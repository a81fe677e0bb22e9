<?php

/** Loads the client as a site without Composer does, and the packages of Debian that tests use. */

declare(strict_types=1);

require __DIR__ . '/../autoload.php';
foreach (['Psr/Http/Client', 'Nyholm/Psr7', 'Symfony/Component/HttpClient', 'Psr/Log', 'PhpParser'] as $package) {
    require_once "/usr/share/php/$package/autoload.php";
}
require __DIR__ . '/PlainClient.php';
require __DIR__ . '/ScriptedServer.php';
