<?php

/**
 * Loads the client's classes where there is no Composer: `require 'widget-gateway/autoload.php';`.
 *
 * Nothing else is needed then: the client calls by PHP's own cURL extension, and interfaces of PSR are
 * only needed by who hands over an HTTP client or a logger.
 */

declare(strict_types=1);

spl_autoload_register(static function (string $class): void {
    $prefix = 'WidgetGateway\\Client\\';
    if (!str_starts_with($class, $prefix)) {
        return;
    }
    $file = __DIR__ . '/src/' . str_replace('\\', '/', substr($class, strlen($prefix))) . '.php';
    if (is_file($file)) {
        require $file;
    }
});
