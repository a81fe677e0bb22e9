<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Tests;

use PHPUnit\Framework\TestCase;
use WidgetGateway\Client\Json\Progress;

final class ProgressTest extends TestCase
{
    /** @dataProvider shapes */
    public function testAnyShapeThatPhpHasForAnswersIsSentAsTheApiReadsIt(mixed $progress, string $sent): void
    {
        self::assertSame($sent, json_encode(['progress' => Progress::sent($progress)]));
    }

    /** @return iterable<string, array{mixed, string}> */
    public static function shapes(): iterable
    {
        $pairs = [['1', ['a']], ['2', ['b', 'c']], ['3', []], [4, 3]];
        yield 'pairs' => [$pairs, '{"progress":[["1",["a"]],["2",["b","c"]],["3",[]],[4,3]]}'];
        yield 'a map' => [['q1' => ['a'], 'q2' => 'b', 'q3' => []], '{"progress":{"q1":["a"],"q2":"b","q3":[]}}'];
        yield 'a map of numbers' => [['1' => ['a'], '2' => ['b']], '{"progress":{"1":["a"],"2":["b"]}}'];
        yield 'a map of numbers from 0' => [(object) [['a'], ['b']], '{"progress":{"0":["a"],"1":["b"]}}'];
        yield 'values that a filter has left' => [['q' => [1 => 'b', 3 => 'c']], '{"progress":{"q":["b","c"]}}'];
        yield 'such values in a pair' => [[['q', [1 => 'b']]], '{"progress":[["q",["b"]]]}'];
        yield 'nothing' => [[], '{"progress":[]}'];
        yield 'an empty object' => [new \stdClass(), '{"progress":{}}'];
        yield 'JSON' => ['{"1":["a"]}', '{"progress":"{\"1\":[\"a\"]}"}'];
        yield 'what the gateway refuses' => [[['1'], [null, 1.5]], '{"progress":[["1"],[null,1.5]]}'];
    }
}
