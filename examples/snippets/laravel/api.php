<?php

use App\Http\Controllers\TestController;
use Illuminate\Support\Facades\Route;

// The gateway has no session: its signature says who it is. The address is /api/tests/webhook.
Route::post('/tests/webhook', [TestController::class, 'webhook']);
