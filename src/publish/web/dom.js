/** Elements of the page. Whatever comes from a log becomes text here and never markup. */

/** @typedef {Node | string | number | null | undefined | false | Child[]} Child */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * Makes an element: `h('p.note', {id: 'x'}, 'text', child)`. Attributes are set as such; those that begin with `on` are
 * listeners, `true` sets an empty attribute, `false`, null and undefined none.
 * @param {string} name element, with classes after dots
 * @param {Record<string, any> | null} [attributes]
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function h(name, attributes, ...children) {
  const [tag, ...classes] = name.split('.');
  return /** @type {HTMLElement} */ (fill(document.createElement(tag), classes, attributes, children));
}

/**
 * As `h`, for a part of a picture.
 * @param {string} name
 * @param {Record<string, any> | null} [attributes]
 * @param {...Child} children
 * @returns {SVGElement}
 */
export function svg(name, attributes, ...children) {
  const [tag, ...classes] = name.split('.');
  return /** @type {SVGElement} */ (fill(document.createElementNS(SVG, tag), classes, attributes, children));
}

/**
 * @param {Element} element
 * @param {string[]} classes
 * @param {Record<string, any> | null | undefined} attributes
 * @param {Child[]} children
 */
function fill(element, classes, attributes, children) {
  if (classes.length > 0) element.setAttribute('class', classes.join(' '));
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

/**
 * @param {Element} element
 * @param {Child[]} children
 */
function append(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(element, child);
    else element.append(child instanceof Node ? child : String(child));
  }
}

/**
 * Puts new children in the place of the old ones.
 * @param {Element} element
 * @param {...Child} children
 */
export function show(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

/**
 * The element of the page with this id.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function at(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element ${id}`);
  return element;
}
