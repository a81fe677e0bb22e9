<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Tests;

use PhpParser\Node;
use PhpParser\NodeFinder;
use PhpParser\ParserFactory;
use PHPUnit\Framework\TestCase;

/** The package as it is installed: its files, its oldest PHP, and its way to load. */
final class PackageTest extends TestCase
{
    private const ROOT = __DIR__ . '/..';

    /** What came after PHP 8.1 and could be called by mistake. */
    private const LATER = [
        'array_all', 'array_any', 'array_find', 'array_find_key', 'array_first', 'array_last', 'curl_upkeep',
        'http_clear_last_response_headers', 'http_get_last_response_headers', 'ini_parse_quantity',
        'json_validate', 'mb_lcfirst', 'mb_str_pad', 'mb_trim', 'mb_ucfirst', 'memory_reset_peak_usage',
        'str_decrement', 'str_increment',
    ];

    /** @return list<string> */
    private static function files(string ...$folders): array
    {
        $files = [self::ROOT . '/autoload.php'];
        foreach ($folders as $folder) {
            $found = new \RecursiveIteratorIterator(new \RecursiveDirectoryIterator(self::ROOT . "/$folder"));
            foreach ($found as $path => $file) {
                if ($file->getExtension() === 'php') {
                    $files[] = $path;
                }
            }
        }
        return $files;
    }

    public function testPhpsOwnLinterTakesEachFile(): void
    {
        foreach (self::files('src', 'tests', 'examples') as $file) {
            exec(escapeshellarg(PHP_BINARY) . ' -l ' . escapeshellarg($file) . ' 2>&1', $said, $status);
            self::assertSame(0, $status, implode("\n", $said));
        }
    }

    public function testNothingIsNewerThanPhp81(): void
    {
        foreach (self::files('src', 'tests', 'examples') as $file) {
            self::assertSame([], self::newerThanPhp81(file_get_contents($file)), $file);
        }
    }

    /** @dataProvider newerCode */
    public function testCodeThatIsNewerIsFound(string $code): void
    {
        self::assertCount(1, self::newerThanPhp81("<?php $code"));
    }

    /** @return iterable<string, array{string}> */
    public static function newerCode(): iterable
    {
        yield 'a readonly class' => ['readonly class A {}'];
        yield 'null alone' => ['function a(): null {}'];
        yield 'false alone' => ['function a(false $b) {}'];
        yield 'true' => ['class A { public true $b; }'];
        yield 'a nullable false' => ['function a(?false $b) {}'];
        yield 'a function' => ['array_find([], fn () => true);'];
        yield 'a constant of a trait' => ['trait A { const B = 1; }'];
        yield 'a class of 8.2' => ['new \Random\Randomizer();'];
    }

    /** @return list<string> lines of code that PHP 8.1 does not take */
    private static function newerThanPhp81(string $code): array
    {
        $nodes = (new ParserFactory())->create(ParserFactory::ONLY_PHP7)->parse($code);
        $isNewer = static function (Node $node): bool {
            if ($node instanceof Node\Stmt\Class_) {
                return (bool) ($node->flags & Node\Stmt\Class_::MODIFIER_READONLY);
            }
            if ($node instanceof Node\Stmt\Trait_) {
                return $node->getConstants() !== [];
            }
            if ($node instanceof Node\Expr\FuncCall && $node->name instanceof Node\Name) {
                return in_array($node->name->toLowerString(), self::LATER, true);
            }
            if ($node instanceof Node\Expr\New_ && $node->class instanceof Node\Name) {
                return str_starts_with($node->class->toString(), 'Random\\');
            }
            if ($node instanceof Node\NullableType) {
                return false; // The declaration that has it is looked at.
            }
            $type = $node->type ?? $node->returnType ?? null;
            $type = $type instanceof Node\NullableType ? $type->type : $type;
            $name = $type instanceof Node\Identifier ? $type->toLowerString() : '';
            return in_array($name, ['null', 'false', 'true'], true);
        };
        $found = (new NodeFinder())->find($nodes, $isNewer);
        return array_map(static fn (Node $node): string => "line {$node->getStartLine()}: {$node->getType()}", $found);
    }

    public function testTheClientNeedsNothingButItsOwnFiles(): void
    {
        $code = <<<'PHP'
            require $argv[1];
            try {
                (new WidgetGateway\Client\Client('http://127.0.0.1:1', 'test_k', attempts: 1))->stats();
            } catch (WidgetGateway\Client\Exceptions\TransportException $error) {
                echo 'lost';
            }
            foreach (get_included_files() as $file) {
                echo str_starts_with($file, dirname($argv[1])) ? '' : $file;
            }
            PHP;
        $autoload = realpath(self::ROOT . '/autoload.php');
        exec(implode(' ', array_map(escapeshellarg(...), [PHP_BINARY, '-r', $code, $autoload])), $said, $status);
        self::assertSame(['lost'], $said);
        self::assertSame(0, $status);
    }

    public function testEachClassIsWhereComposerLooksForIt(): void
    {
        $settings = json_decode(file_get_contents(self::ROOT . '/composer.json'), true, 512, JSON_THROW_ON_ERROR);
        self::assertSame(['WidgetGateway\\Client\\' => 'src/'], $settings['autoload']['psr-4']);
        foreach (self::files('src') as $file) {
            $place = substr($file, strlen(self::ROOT . '/'));
            if (str_starts_with($place, 'src/')) {
                $name = 'WidgetGateway\\Client\\' . str_replace('/', '\\', substr($place, 4, -4));
                self::assertTrue(class_exists($name) || interface_exists($name), $name);
            }
        }
    }

    public function testEachReasonAndEachEventHasItsClassAndNoOther(): void
    {
        $names = array_map('basename', glob(self::ROOT . '/src/Exceptions/*.php'));
        $own = ['Answer', 'Client', 'Gateway', 'Transport', 'Webhook'];
        $reasons = array_map(
            static fn (string $class): string => substr(strrchr($class, '\\'), 1) . '.php',
            \WidgetGateway\Client\Exceptions\Reasons::CLASSES,
        );
        $others = array_map(static fn (string $name): string => "{$name}Exception.php", $own);
        self::assertEqualsCanonicalizing([...array_values($reasons), ...$others, 'Reasons.php'], $names);
    }
}
