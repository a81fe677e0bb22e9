<?php

/**
 * Runs the example for Laravel on the real packages of Illuminate that Debian has: router, container, cache, config.
 * Only what Laravel's skeleton does is written here: signing in, and putting these together.
 */

declare(strict_types=1);

use Illuminate\Cache\FileStore;
use Illuminate\Cache\Repository as CacheRepository;
use Illuminate\Config\Repository as ConfigRepository;
use Illuminate\Container\Container;
use Illuminate\Contracts\Cache\Repository as Cache;
use Illuminate\Contracts\Config\Repository as Config;
use Illuminate\Events\Dispatcher;
use Illuminate\Filesystem\Filesystem;
use Illuminate\Http\Request;
use Illuminate\Http\Response;
use Illuminate\Routing\Router;
use Illuminate\Support\Facades\Facade;
use Psr\Log\AbstractLogger;
use Psr\Log\LoggerInterface;

error_reporting(E_ALL & ~E_DEPRECATED); // Debian's Illuminate is older than its PHP.
require __DIR__ . '/../../autoload.php';
foreach (['Routing', 'Cache', 'Config', 'Events', 'Filesystem'] as $package) {
    require_once "/usr/share/php/Illuminate/$package/autoload.php";
}
require_once '/usr/share/php/Psr/Log/autoload.php';
$user = require __DIR__ . '/sign-in.php';

$log = new class extends AbstractLogger {
    public function log($level, $message, array $context = []): void
    {
        error_log("$message " . json_encode($context));
    }
};

$app = new Container();
Container::setInstance($app);
$app->instance(Container::class, $app);
$app->instance('config', new ConfigRepository(['services' => ['widget_gateway' => [
    'url' => getenv('GATEWAY_URL'),
    'key' => getenv('GATEWAY_CLIENT_KEY'),
    'webhook_secret' => getenv('GATEWAY_WEBHOOK_SECRET'),
]]]));
$app->alias('config', Config::class);
$app->instance('log', $log);
$app->alias('log', LoggerInterface::class);
$app->instance(Cache::class, new CacheRepository(new FileStore(new Filesystem(), getenv('EVENTS_FOLDER'))));
$app->instance('router', new Router(new Dispatcher($app), $app));
$app['router']->aliasMiddleware('auth', static fn (Request $request, Closure $next): mixed
    => $request->user() === null ? new Response(status: 401) : $next($request));
Facade::setFacadeApplication($app);

require __DIR__ . '/../../examples/laravel.php';

(new App\GatewayServiceProvider($app))->register();
$request = Request::capture();
$request->setUserResolver(static fn () => $user === '' ? null : (object) ['id' => $user]);
$app->instance(Request::class, $request);
$app['router']->dispatch($request)->send();
