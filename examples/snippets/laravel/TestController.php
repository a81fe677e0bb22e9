<?php

namespace App\Http\Controllers;

use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\DB;
use WidgetGateway\Client\Client;
use WidgetGateway\Client\Events\ResultFinished;
use WidgetGateway\Client\Exceptions\GatewayException;
use WidgetGateway\Client\Exceptions\WebhookException;
use WidgetGateway\Client\Webhook;

class TestController extends Controller
{
    public function __construct(private readonly Client $gateway)
    {
    }

    /** Whose attempt it is, for the webhook of a visitor who closes the page at the end. */
    public function attempts(Request $request): JsonResponse
    {
        $told = $request->validate(['session' => 'required|uuid']);
        DB::table('attempts')->insertOrIgnore(['session' => $told['session'], 'user_id' => $request->user()->id]);
        return response()->json((object) []);
    }

    public function checkout(Request $request): JsonResponse
    {
        $told = $request->validate(['session' => 'required|uuid']);
        // Make an order here, with the session in it.
        return response()->json(['price' => '490 ₽', 'href' => '/pay?session=' . $told['session']]);
    }

    public function results(Request $request): JsonResponse
    {
        $told = $request->validate(['result_key' => 'required|uuid']);
        try {
            $this->gateway->resultAttach(
                result_key: $told['result_key'],
                user_id: self::nameOf($request->user()->id),
            );
            $result = $this->gateway->resultGet($told['result_key'], locale: app()->getLocale());
        } catch (GatewayException $refusal) {
            return response()->json(['reason' => $refusal->reason], $refusal->getCode());
        }
        return response()->json(['scales' => $result->scales]);
    }

    /** The gateway calls this, maybe twice: to attach once more does no harm. */
    public function webhook(Request $request): JsonResponse
    {
        try {
            $event = Webhook::verify(
                config('services.widget_gateway.webhook_secret'),
                $request->headers->all(),
                $request->getContent(),
            );
        } catch (WebhookException) {
            return response()->json((object) [], 400);
        }
        if ($event instanceof ResultFinished) {
            $owner = DB::table('attempts')->where('session', $event->data->session)->value('user_id');
            if ($owner !== null) {
                $this->gateway->resultAttach(
                    result_key: $event->data->result_key,
                    user_id: self::nameOf($owner),
                );
            }
        }
        return response()->json((object) []);
    }

    /** The name of a user at the gateway. It never changes, unlike an e-mail address. */
    private static function nameOf(int|string $id): string
    {
        return "user-$id";
    }
}
