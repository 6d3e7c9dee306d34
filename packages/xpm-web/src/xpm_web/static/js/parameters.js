// The parameters of a job, as a tree that opens and closes.

import { html } from "./dom.js";

/** Below this depth, a part is closed at first. */
const OPEN_DEPTH = 2;

export function parameterTree(parameters) {
  if (!parameters) return html`<p class="empty">…</p>`;
  return html`
    <p class="note"><code>${parameters.type}</code></p>
    ${parameters.children.length ? list(parameters.children, 0) : html`<p class="note">It has no parameters.</p>`}
  `;
}

const list = (nodes, depth) => html`<ul class="tree">${nodes.map((node) => html`<li>${item(node, depth)}</li>`)}</ul>`;

function item(node, depth) {
  const title = html`<span class="tree-name">${node.name}</span> <span class="tree-value ${kind(node.value)}">${node.value}</span>`;
  if (!node.children?.length) return html`<div class="tree-leaf">${title}</div>`;
  return html`<details ?open=${depth < OPEN_DEPTH}><summary>${title}</summary>${list(node.children, depth + 1)}</details>`;
}

function kind(value) {
  if (/^".*"$/s.test(value)) return "text";
  if (/^-?[\d.]+(e[+-]?\d+)?$/i.test(value)) return "figure";
  if (/^(true|false|null)$/.test(value)) return "word";
  return "";
}
