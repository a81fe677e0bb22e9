/**
 * Checks that answers are what the types say. structures.js is made of these.
 *
 * A shape returns the place of the first fault in a value, such as `users.results`; null if there is none.
 *
 * @typedef {(value: unknown, place: string) => string | null} Shape
 */

/** @type {Shape} */
export const anything = () => null;

/** @type {Shape} */
export const boolean = (value, place) => (typeof value === "boolean" ? null : place);

/** @type {Shape} */
export const number = (value, place) => (typeof value === "number" ? null : place);

/** Any string is taken where one of a few words is expected, since a newer gateway may have more. @type {Shape} */
export const string = (value, place) => (typeof value === "string" ? null : place);

/** @param {Shape} inner @returns {Shape} */
export const nullable = (inner) => (value, place) => (value === null ? null : inner(value, place));

/** What may be absent. @param {Shape} inner @returns {Shape} */
export const optional = (inner) => (value, place) => (value === undefined ? null : inner(value, place));

/** @param {Shape} item @returns {Shape} */
export const list = (item) => (value, place) => (Array.isArray(value) ? firstFault(value, () => item, place) : place);

/** A list of a fixed length. @param {Shape[]} items @returns {Shape} */
export const tuple = (...items) => (value, place) => {
  if (!Array.isArray(value) || value.length !== items.length) return place;
  return firstFault(value, (at) => /** @type {Shape} */ (items[at]), place);
};

/** An object with any keys. @param {Shape} each @returns {Shape} */
export const map = (each) => (value, place) => (isObject(value) ? firstFault(Object.values(value), () => each, place) : place);

/** @param {Shape[]} options @returns {Shape} */
export const oneOf = (...options) => (value, place) => (options.some((option) => option(value, place) === null) ? null : place);

/** An object with these fields; others are ignored. @param {() => Record<string, Shape>} fields @returns {Shape} */
export const object = (fields) => (value, place) => {
  if (!isObject(value)) return place;
  for (const [name, shape] of Object.entries(fields())) {
    const fault = shape(value[name], `${place}.${name}`);
    if (fault !== null) return fault;
  }
  return null;
};

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * @param {unknown[]} values
 * @param {(at: number) => Shape} shapeAt
 * @param {string} place
 */
function firstFault(values, shapeAt, place) {
  for (const [at, value] of values.entries()) {
    const fault = shapeAt(at)(value, place);
    if (fault !== null) return fault;
  }
  return null;
}
