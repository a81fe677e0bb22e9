<?php

/**
 * Widget Gateway in Laravel. Each part goes where its comment says. `config/services.php` gets:
 *
 *     'widget_gateway' => [
 *         'url' => env('GATEWAY_URL'),
 *         'key' => env('GATEWAY_CLIENT_KEY'),
 *         'webhook_secret' => env('GATEWAY_WEBHOOK_SECRET'),
 *     ],
 */

declare(strict_types=1);

namespace App;

use Illuminate\Contracts\Cache\Repository as Cache;
use Illuminate\Contracts\Config\Repository as Config;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;
use Illuminate\Http\Response;
use Illuminate\Support\Facades\Route;
use Illuminate\Support\ServiceProvider;
use Psr\Log\LoggerInterface;
use WidgetGateway\Client\Client;
use WidgetGateway\Client\Exceptions\GatewayException;
use WidgetGateway\Client\Exceptions\UserNotFoundException;
use WidgetGateway\Client\Exceptions\WebhookException;
use WidgetGateway\Client\Webhook;

// app/Providers/GatewayServiceProvider.php
final class GatewayServiceProvider extends ServiceProvider
{
    public function register(): void
    {
        $this->app->singleton(Client::class, static fn ($app): Client => new Client(
            $app['config']['services.widget_gateway.url'],
            $app['config']['services.widget_gateway.key'],
            logger: $app['log'],
        ));
    }
}

// app/Http/Controllers/TestsController.php
final class TestsController
{
    /** The page sends the key that the widget told. Whose result it becomes only the server decides. */
    public function attach(Request $request, Client $gateway): Response|JsonResponse
    {
        try {
            $gateway->resultAttach(result_key: (string) $request->input('result_key'), user_id: $request->user()->id);
        } catch (GatewayException $refused) {
            return new JsonResponse(['reason' => $refused->reason], $refused->getCode());
        }
        return new Response(status: 204);
    }

    public function report(Request $request, Client $gateway): Response
    {
        $resultKey = (string) $request->query('result_key');
        try {
            $passed = $gateway->userTests(user_id: $request->user()->id)->passed;
        } catch (UserNotFoundException) { // who has no result yet
            $passed = [];
        }
        if (!in_array($resultKey, array_column($passed, 'result_key'), true)) {
            return new Response(status: 404);
        }
        $file = $gateway->resultGetFile(result_key: $resultKey, format: 'pdf');
        return new Response($file->content, 200, ['Content-Type' => $file->mediaType]);
    }

    public function receive(Request $request, Config $config, Cache $cache, LoggerInterface $log): Response
    {
        $secret = $config->get('services.widget_gateway.webhook_secret');
        try {
            $event = Webhook::verify($secret, $request->headers->all(), $request->getContent());
        } catch (WebhookException) {
            return new Response(status: 400);
        }
        if ($cache->add("webhook:$event->id", true, 4 * 24 * 3600)) { // an event can come twice
            $log->info("$event->type", (array) $event->data); // dispatch a job here
        }
        return new Response(status: 204);
    }
}

// routes/web.php
Route::middleware('auth')->group(static function (): void {
    Route::post('/results', [TestsController::class, 'attach']);
    Route::get('/report.pdf', [TestsController::class, 'report']);
});

// routes/api.php, whose routes need no CSRF token
Route::post('/hooks/tests', [TestsController::class, 'receive']);
