<?php

// A small stand-in for Laravel: the classes and functions that the snippet names, with Laravel's
// meaning. Its routes run as in Laravel: `web` with a session and a token, `api` without.

namespace Illuminate\Http {
    class JsonResponse
    {
        public function __construct(public readonly mixed $data, public readonly int $status)
        {
        }
    }

    class InvalidInput extends \Exception
    {
    }

    class Headers
    {
        public function all(): array
        {
            return array_map(static fn ($value) => [$value], array_change_key_case(getallheaders()));
        }
    }

    class Request
    {
        public Headers $headers;

        public function __construct(private readonly string $body)
        {
            $this->headers = new Headers();
        }

        public function getContent(): string
        {
            return $this->body;
        }

        public function user(): ?object
        {
            return isset($_SESSION['user_id']) ? (object) ['id' => (int) $_SESSION['user_id']] : null;
        }

        public function validate(array $rules): array
        {
            $told = json_decode($this->body, true);
            foreach ($rules as $name => $rule) {
                if ($rule !== 'required|uuid') {
                    throw new \LogicException("The stand-in knows no rule $rule.");
                }
                if (!is_string($told[$name] ?? null) || !preg_match('/^[0-9a-f-]{36}$/D', $told[$name])) {
                    throw new InvalidInput($name);
                }
            }
            return array_intersect_key($told, $rules);
        }
    }
}

namespace Illuminate\Support {
    class ServiceProvider
    {
        public function __construct(protected \Container $app)
        {
        }
    }
}

namespace Illuminate\Support\Facades {
    class Table
    {
        private string $wanted = '';

        public function insertOrIgnore(array $row): void
        {
            \Kept::insert($row['session'], (string) $row['user_id']);
        }

        public function where(string $column, string $value): self
        {
            $this->wanted = $value;
            return $this;
        }

        public function value(string $column): ?string
        {
            return \Kept::find($this->wanted);
        }
    }

    class DB
    {
        public static function table(string $name): Table
        {
            return new Table();
        }
    }

    class Route
    {
        public static array $routes = [];
        public static string $prefix = '';
        private static bool $guarded = false;

        public static function middleware(string $name): self
        {
            self::$guarded = $name === 'auth';
            return new self();
        }

        public function group(callable $routes): void
        {
            $routes();
            self::$guarded = false;
        }

        public static function post(string $path, array $action): void
        {
            self::$routes[self::$prefix . $path] = [$action, self::$guarded, self::$prefix === ''];
        }

        public static function view(string $path, string $name): void
        {
        }
    }
}

namespace App\Http\Controllers {
    class Controller
    {
    }
}

namespace App\Events {
    class OrderPaid
    {
        public function __construct(public readonly object $order)
        {
        }
    }
}

namespace {
    use App\Events\OrderPaid;
    use App\Listeners\ConfirmTestPayment;
    use App\Providers\AppServiceProvider;
    use Illuminate\Http\InvalidInput;
    use Illuminate\Http\JsonResponse;
    use Illuminate\Http\Request;
    use Illuminate\Support\Facades\Route;

    require __DIR__ . '/kept.php';
    $snippet = getenv('SNIPPET');
    require "$snippet/vendor/autoload.php";

    final class Container
    {
        private array $makers = [];

        public function singleton(string $class, callable $make): void
        {
            $this->makers[$class] = $make;
        }

        public function make(string $class): object
        {
            if (isset($this->makers[$class])) {
                return ($this->makers[$class])();
            }
            $parameters = (new \ReflectionMethod($class, '__construct'))->getParameters();
            return new $class(...array_map(fn ($each) => $this->make($each->getType()->getName()), $parameters));
        }
    }

    final class Responses
    {
        public function json(mixed $data, int $status = 200): JsonResponse
        {
            return new JsonResponse($data, $status);
        }
    }

    final class App
    {
        public function getLocale(): string
        {
            return 'en';
        }
    }

    function env(string $name): string
    {
        return (string) getenv($name);
    }

    function config(string $path): string
    {
        [, $service, $name] = explode('.', $path);
        return (require getenv('SNIPPET') . '/services.php')[$service][$name];
    }

    function response(): Responses
    {
        return new Responses();
    }

    function app(): App
    {
        return new App();
    }

    function finish(int $status, mixed $body): never
    {
        http_response_code($status);
        header('Content-Type: application/json');
        exit(json_encode($body, JSON_THROW_ON_ERROR));
    }

    foreach (['TestController', 'AppServiceProvider', 'ConfirmTestPayment'] as $file) {
        require "$snippet/$file.php";
    }
    $container = new Container();
    (new AppServiceProvider($container))->register();
    require "$snippet/web.php";
    Route::$prefix = '/api';
    require "$snippet/api.php";

    session_start();
    $path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
    if ($path === '/_sign-in') {
        $_SESSION = array_filter(['user_id' => $_GET['user'], 'token' => bin2hex(random_bytes(16))]);
        finish(200, ['token' => $_SESSION['token']]);
    }
    if ($path === '/_pay') {
        $order = (object) ['id' => 7, 'test_session' => $_GET['session'] ?? null];
        $container->make(ConfirmTestPayment::class)->handle(new OrderPaid($order));
        finish(200, ['paid' => true]);
    }
    [$action, $guarded, $withToken] = Route::$routes[$path] ?? finish(404, ['message' => 'none']);
    if ($guarded && !isset($_SESSION['user_id'])) {
        finish(401, ['message' => 'Unauthenticated.']);
    }
    if ($withToken && !hash_equals($_SESSION['token'] ?? '-', $_SERVER['HTTP_X_CSRF_TOKEN'] ?? '')) {
        finish(419, ['message' => 'CSRF token mismatch.']);
    }
    try {
        $answer = $container->make($action[0])->{$action[1]}(new Request(file_get_contents('php://input')));
        finish($answer->status, $answer->data);
    } catch (InvalidInput) {
        finish(422, ['message' => 'invalid']);
    }
}
