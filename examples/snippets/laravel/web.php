<?php

use App\Http\Controllers\TestController;
use Illuminate\Support\Facades\Route;

// These have Laravel's session, and its check of the token against forged requests.
Route::middleware('auth')->group(static function (): void {
    Route::view('/tests', 'test');
    Route::post('/tests/attempts', [TestController::class, 'attempts']);
    Route::post('/tests/checkout', [TestController::class, 'checkout']);
    Route::post('/tests/results', [TestController::class, 'results']);
});
