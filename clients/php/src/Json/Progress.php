<?php

declare(strict_types=1);

namespace WidgetGateway\Client\Json;

/**
 * Answers in the form that the API describes, `[["1",["a"]],["2",[]]]`, made of any form that PHP has for them.
 *
 * PHP's arrays do not tell lists from maps, so `json_encode` alone would send `{"1":…}` as a list when its ids
 * begin with 0, and an empty map as `[]`. Here all become pairs.
 *
 * @internal
 */
final class Progress
{
    /**
     * @param array<int|string, mixed>|\stdClass|string $progress pairs, a map of ids, or JSON of either
     * @return list<array{string, list<string>}>|string
     */
    public static function pairs(array|\stdClass|string $progress): array|string
    {
        if (is_string($progress)) {
            return $progress;
        }
        $pairs = [];
        $arePairs = is_array($progress) && self::arePairs($progress);
        foreach ((array) $progress as $key => $item) {
            [$question, $values] = $arePairs ? $item : [$key, $item];
            $question = self::text($question, 'the id of a question');
            $about = "a value of question \"$question\"";
            $pairs[] = [
                $question,
                array_map(
                    static fn (mixed $value): string => self::text($value, $about),
                    is_array($values) ? array_values($values) : [$values],
                ),
            ];
        }
        return $pairs;
    }

    /** @param array<int|string, mixed> $progress */
    private static function arePairs(array $progress): bool
    {
        if (!array_is_list($progress)) {
            return false;
        }
        foreach ($progress as $item) {
            if (!is_array($item) || !array_is_list($item) || count($item) !== 2 || is_array($item[0])) {
                return false;
            }
        }
        return true;
    }

    private static function text(mixed $value, string $what): string
    {
        if (is_int($value) || is_string($value)) {
            return (string) $value;
        }
        $type = get_debug_type($value);
        throw new \InvalidArgumentException("progress: $what is $type, not a string; a skipped question has [].");
    }
}
