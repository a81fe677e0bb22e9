<?php

namespace App\Providers;

use Illuminate\Support\ServiceProvider;
use WidgetGateway\Client\Client;

class AppServiceProvider extends ServiceProvider
{
    public function register(): void
    {
        $this->app->singleton(Client::class, static fn () => new Client(
            config('services.widget_gateway.url'),
            config('services.widget_gateway.key'),
        ));
    }
}
