/** The reasoning as a picture: evidence on the left, causes in the middle, symptoms on the right; wider lines weigh more. */

import { h, svg } from './dom.js';
import { count, percent, place, printable } from './words.js';

/** @import {Answer} from './contract.js' */

/** @typedef {{key: string, lines: string[], kind: string, x: number, y: number, height: number}} Box */
/** @typedef {{from: Box, to: Box, y1: number, y2: number, width: number, label: string, against: boolean}} Edge */

const WIDTH = 250;
const GAP = 14;
const LINE = 17;
const PAD = 9;
const COLUMNS = [8, 370, 732];
/** Pieces of evidence that are drawn for one cause. */
const EVIDENCE = 6;
const AGAINST = 2;
const LETTERS = 33;
/** Between the places at which lines leave a box and come in. */
const SPREAD = 15;

/**
 * The picture with its text alternative.
 * @param {Answer} answer
 */
export function reasoning(answer) {
  const { boxes, edges, left } = layout(answer);
  const height = Math.max(...boxes.map((box) => box.y + box.height)) + 12;
  const wide = COLUMNS[answer.symptoms.length === 0 ? 1 : 2] + WIDTH + 8;
  const picture = svg(
    'svg.graph',
    { viewBox: `0 0 ${wide} ${height}`, width: wide, role: 'img', 'aria-labelledby': 'graph-title graph-text' },
    svg('title', { id: 'graph-title' }, 'How the evidence leads to the causes'),
    svg('desc', { id: 'graph-text' }, `${alternative(answer)} The list under the picture says the same.`),
    ['Evidence', 'Causes', 'Symptoms'].map((name, ix) =>
      svg('text.graph-head', { x: COLUMNS[ix], y: 16 }, name),
    ),
    edges.map(line),
    boxes.map(node),
    edges.map(label),
  );
  return [
    h('p.note', null, 'Wider lines weigh more. Evidence that several causes explain counts for each of them only in part.'),
    left > 0 && h('p.note', null, `${count(left, 'weaker piece')} of evidence not drawn.`),
    h('div.wide', { tabindex: 0, role: 'region', 'aria-label': 'Picture of the reasoning' }, picture),
    h('details', null, h('summary', null, 'The same as text'), asText(answer)),
  ];
}

/** @param {Answer} answer */
function alternative(answer) {
  const evidence = new Set(answer.causes.flatMap((cause) => cause.evidence.map((piece) => piece.signal))).size;
  const pieces = evidence === 1 ? '1 piece of evidence' : `${evidence} pieces of evidence`;
  return `${pieces}, ${count(answer.causes.length, 'cause')}, ${count(answer.symptoms.length, 'symptom')}.`;
}

/** @param {Answer} answer */
function asText(answer) {
  const titles = new Map(answer.symptoms.map(({ id, title }) => [id, title]));
  return h(
    'ul',
    null,
    answer.causes.map((cause) => {
      const brings = (cause.symptoms ?? []).flatMap((id) => titles.get(id) ?? []);
      return h(
        'li',
        null,
        h('strong', null, printable(cause.title)),
        ` is ${cause.confidence} (${percent(cause.probability)}).`,
        h(
          'ul',
          null,
          cause.evidence.map((piece) => h('li', null, `${printable(piece.title)} (${printable(place(piece.file, piece.line))}): speaks for it ${piece.strength}`)),
          cause.against.map((piece) => h('li', null, `Against it: ${printable(piece.reason)}`)),
          brings.length > 0 && h('li', null, `It brings about: ${printable(brings.join('; '))}`),
        ),
      );
    }),
  );
}

/**
 * @param {Answer} answer
 * @returns {{boxes: Box[], edges: Edge[], left: number}}
 */
function layout(answer) {
  /** @type {Map<string, Box>} */
  const boxes = new Map();
  const bottoms = [28, 28, 28];
  const box = (/** @type {string} */ key, /** @type {number} */ column, /** @type {string} */ kind, /** @type {string[]} */ texts) => {
    const old = boxes.get(key);
    if (old) return old;
    const lines = texts.flatMap((text) => wrap(text));
    const height = Math.max(lines.length * LINE + 2 * PAD, kind === 'evidence' ? answer.causes.length * SPREAD : 0);
    const made = { key, lines, kind, x: COLUMNS[column], y: bottoms[column], height };
    bottoms[column] += height + GAP;
    boxes.set(key, made);
    return made;
  };
  /** @type {Edge[]} */
  const edges = [];
  let left = 0;
  for (const cause of answer.causes) {
    const to = box(`cause ${cause.id}`, 1, cause.confidence === 'unlikely' ? 'unlikely' : 'cause', [cause.title, `${cause.confidence} (${percent(cause.probability)})`]);
    left += Math.max(0, cause.evidence.length - EVIDENCE);
    for (const piece of cause.evidence.slice(0, EVIDENCE)) {
      const from = box(`evidence ${piece.signal} ${piece.file} ${piece.line}`, 0, 'evidence', [piece.title, short(piece.file, piece.line)]);
      edges.push({ from, to, y1: 0, y2: 0, width: thick(piece.weight_db), label: piece.strength, against: false });
    }
    for (const piece of cause.against.slice(0, AGAINST)) {
      const from = box(`against ${piece.signal} ${piece.reason}`, 0, 'against', [piece.reason]);
      edges.push({ from, to, y1: 0, y2: 0, width: thick(-piece.weight_db), label: 'against', against: true });
    }
    for (const id of cause.symptoms ?? []) {
      const symptom = answer.symptoms.find((symptom) => symptom.id === id);
      if (symptom) edges.push({ from: to, to: box(`symptom ${id}`, 2, 'symptom', [symptom.title]), y1: 0, y2: 0, width: 1.5, label: '', against: false });
    }
  }
  for (const { id, title } of answer.symptoms) box(`symptom ${id}`, 2, 'symptom', [title]);
  centre([...boxes.values()], bottoms);
  spread(edges);
  return { boxes: [...boxes.values()], edges, left };
}

/**
 * Lower columns are put into the middle of the highest one.
 * @param {Box[]} boxes
 * @param {number[]} bottoms
 */
function centre(boxes, bottoms) {
  const highest = Math.max(...bottoms);
  for (const box of boxes) box.y += (highest - bottoms[COLUMNS.indexOf(box.x)]) / 2;
}

/**
 * Lines leave a box and come in one below the other, in the order of where they lead, so that their labels stand apart.
 * @param {Edge[]} edges
 */
function spread(edges) {
  /** @type {('from' | 'to')[]} */
  const sides = ['from', 'to'];
  for (const side of sides) {
    const other = side === 'from' ? 'to' : 'from';
    for (const box of new Set(edges.map((edge) => edge[side]))) {
      const own = edges.filter((edge) => edge[side] === box).sort((a, b) => a[other].y - b[other].y);
      const step = Math.min(SPREAD, (box.height - 8) / own.length);
      own.forEach((edge, ix) => {
        edge[side === 'from' ? 'y1' : 'y2'] = box.y + box.height / 2 + (ix - (own.length - 1) / 2) * step;
      });
    }
  }
}

/** @param {number} decibans */
function thick(decibans) {
  return Math.max(1, Math.min(8, Math.abs(decibans) / 3));
}

/**
 * The name of the file without its folders: the list under the picture has it whole.
 * @param {string} file
 * @param {number | null} line
 */
function short(file, line) {
  return place(file.split(/[\\/]/).pop() ?? file, line);
}

/** @param {string} text */
function wrap(text) {
  const lines = [''];
  for (const word of printable(text).replace(/\s+/g, ' ').split(' ')) {
    const last = lines.length - 1;
    if (lines[last] !== '' && lines[last].length + word.length + 1 > LETTERS) lines.push(word.slice(0, LETTERS));
    else lines[last] = `${lines[last]} ${word}`.trim().slice(0, LETTERS);
  }
  return lines.length > 4 ? [...lines.slice(0, 3), `${lines[3].slice(0, LETTERS - 2)} …`] : lines;
}

/** @param {Edge} edge */
function line(edge) {
  const [x1, x2] = [edge.from.x + WIDTH, edge.to.x];
  const middle = (x1 + x2) / 2;
  return svg(edge.against ? 'path.edge.edge-against' : 'path.edge', {
    d: `M${x1} ${edge.y1} C${middle} ${edge.y1} ${middle} ${edge.y2} ${x2} ${edge.y2}`,
    'stroke-width': edge.width.toFixed(1),
  });
}

/**
 * The strength, where the line begins: there it is flat, and no other one crosses it.
 * @param {Edge} edge
 */
function label(edge) {
  if (edge.label === '') return null;
  return svg('text.edge-label', { x: edge.from.x + WIDTH + 14, y: edge.y1 + 4 }, edge.label);
}

/** @param {Box} box */
function node(box) {
  return svg(
    `g.node.node-${box.kind}`,
    null,
    svg('rect', { x: box.x, y: box.y, width: WIDTH, height: box.height, rx: 6 }),
    box.lines.map((text, ix) => svg('text', { x: box.x + PAD, y: box.y + PAD + 13 + ix * LINE }, text)),
  );
}
