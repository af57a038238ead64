// The search: takes apart what a person types and looks it up in search-index.js. Knows nothing of the page around it.
"use strict";

const certwhySearch = (function () {
  // words.rs does the same to what is found.
  const NOISE = new RegExp(
    "[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}(?:[t ][0-9:.,]+(?:z|[+-][0-9]{2}:?[0-9]{2})?)?" +
      "|[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?" +
      "|[0-9]{1,3}(?:\\.[0-9]{1,3}){3}(?::[0-9]+)?", "gu");
  const RUNS = /[\p{L}\p{N}]+/gu;
  const WITHOUT_SPACES = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/u;

  function words(text) {
    const out = [];
    for (const run of text.toLowerCase().replace(NOISE, " ").match(RUNS) || []) {
      if (WITHOUT_SPACES.test(run)) {
        const chars = [...run];
        for (let i = 0; i + 1 < chars.length; i++) out.push(chars[i] + chars[i + 1]);
      } else if (isTelling(run)) {
        out.push(stem(run));
      }
    }
    return out;
  }

  function isTelling(run) {
    const length = [...run].length;
    const digits = /^[0-9]+$/.test(run);
    const hexadecimal = /^[0-9a-f]+$/.test(run) && /[0-9]/.test(run);
    return length >= 2 && length <= 32 && !(digits && length > 6) && !(hexadecimal && length >= 12);
  }

  function stem(word) {
    if (word.length < 4 || !/^[a-z]+$/.test(word)) return word;
    let bare = word;
    if (word.length >= 6 && word.endsWith("ing")) bare = word.slice(0, -3);
    else if (word.length >= 5 && word.endsWith("ed")) bare = word.slice(0, -2);
    else if (word.endsWith("s") && !/(?:ss|us|is)$/.test(word)) bare = word.slice(0, -1);
    return bare.length >= 4 && bare.endsWith("e") ? bare.slice(0, -1) : bare;
  }

  const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const VALUE = new Map([...DIGITS].map((digit, value) => [digit, value]));
  let index = null;

  // search-index.js calls this.
  function take(data) {
    const terms = data.terms.split(" ");
    index = {
      pages: data.pages,
      signals: data.signals,
      terms: terms,
      number: new Map(terms.map((term, n) => [term, n])),
      postings: data.postings.split(" "),
    };
  }

  // Adds what a word weighs in each document that holds it.
  function postings(n, each) {
    const list = index.postings[n];
    let document = 0;
    for (let i = 0; i < list.length; ) {
      let gap = 0;
      let shift = 0;
      let digit = VALUE.get(list[i++]);
      while (digit >= 32) {
        gap += (digit & 31) * 2 ** shift;
        shift += 5;
        digit = VALUE.get(list[i++]);
      }
      document += gap + digit * 2 ** shift;
      each(document, VALUE.get(list[i++]));
    }
  }

  // Whether one word becomes the other by a letter more, less or other, or two swapped.
  function isNear(a, b) {
    if (a[0] !== b[0] || Math.abs(a.length - b.length) > 1) return false;
    let i = 0;
    while (i < a.length && i < b.length && a[i] === b[i]) i++;
    const restA = a.slice(i);
    const restB = b.slice(i);
    return restA.slice(1) === restB.slice(1) || restA.slice(1) === restB || restA === restB.slice(1) ||
      (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2));
  }

  // The words of the index that a typed one stands for, each with its share.
  function meant(word, isLast, isShort) {
    const exact = index.number.get(word);
    const found = exact === undefined ? [] : [[exact, 1]];
    if (isLast && word.length >= 2) {
      const longer = [];
      index.terms.forEach((term, n) => {
        if (n !== exact && term.startsWith(word)) longer.push([n, 0.3 + 0.5 * word.length / term.length]);
      });
      longer.sort((a, b) => b[1] - a[1]);
      found.push(...longer.slice(0, 40));
    }
    if (found.length === 0 && isShort && word.length >= 4) {
      index.terms.forEach((term, n) => {
        if (isNear(word, term)) found.push([n, 0.6]);
      });
    }
    return found;
  }

  // What is found for a query, the best first: { kind, id, title, summary, address, message, score }.
  function find(query, limit) {
    if (!index) return [];
    const typed = [...new Set(words(query))];
    const isShort = typed.length <= 5;
    // While one types, the last word is not finished.
    const isOpen = isShort && /[\p{L}\p{N}]$/u.test(query);
    const scores = new Map();
    const hits = new Map();
    let known = 0;
    typed.forEach((word, at) => {
      const best = new Map();
      for (const [n, share] of meant(word, isOpen && at === typed.length - 1, isShort)) {
        postings(n, (document, weight) => {
          best.set(document, Math.max(best.get(document) || 0, weight * share));
        });
      }
      if (best.size > 0 || isShort) known++;
      for (const [document, weight] of best) {
        scores.set(document, (scores.get(document) || 0) + weight);
        hits.set(document, (hits.get(document) || 0) + 1);
      }
    });
    const pages = new Map();
    const id = query.trim().toLowerCase();
    for (const [document, weight] of scores) {
      const covered = hits.get(document) / Math.max(known, 1);
      const score = weight * (isShort ? covered : 0.4 + 0.6 * covered);
      const n = document - index.pages.length;
      if (n < 0) {
        add(pages, document, score * (index.pages[document][1] === id ? 4 : 1), null);
        continue;
      }
      const [title, pointsTo] = index.signals[n];
      pointsTo.split(" ").forEach((entry, rank) => {
        const [page, how] = entry.split(":").map(Number);
        add(pages, page, score * (0.55 + 0.05 * how) * 0.97 ** rank, title);
      });
    }
    const all = [...pages].map(([page, found]) => {
      const [kind, pageId, title, summary, address] = index.pages[page];
      // Several messages that fit say more than one.
      const more = found.messages.slice(1, 4).reduce((sum, score) => sum + score, 0);
      const score = Math.max(found.page, found.messages[0] || 0) + 0.25 * Math.min(found.page, found.messages[0] || 0) + 0.05 * more;
      return { kind, id: pageId, title, summary, address, message: found.message, score, page };
    });
    all.sort((a, b) => b.score - a.score || a.page - b.page);
    const least = all.length > 0 ? all[0].score * 0.35 : 0;
    return all.filter((found) => found.score >= least).slice(0, limit);
  }

  function add(pages, page, score, message) {
    const found = pages.get(page) || { page: 0, messages: [], message: null };
    if (message === null) {
      found.page = Math.max(found.page, score);
    } else {
      if (score > (found.messages[0] || 0)) found.message = message;
      found.messages.push(score);
      found.messages.sort((a, b) => b - a);
      found.messages.length = Math.min(found.messages.length, 5);
    }
    pages.set(page, found);
  }

  return { words, take, find, isReady: () => index !== null };
})();

function certwhySearchIndex(data) {
  certwhySearch.take(data);
}
