// How the jobs of an experiment depend on each other: laid out by dagre, drawn by Cytoscape.

import cytoscape from "../vendor/cytoscape/cytoscape.esm.min.mjs";
import { getGraph } from "./api.js";
import { html, nothing, throttled } from "./dom.js";
import { count, lastPart, plural, shortId, tagText } from "./format.js";
import { jobLink, link, setParams } from "./route.js";
import { FAMILIES, pill, stateClass } from "./states.js";

const NODE = { jobs: { width: 196, height: 38 }, tasks: { width: 190, height: 54 } };
/** More nodes than this get no text of their own. */
const LABELS = 600;

// Cytoscape puts a style into the page, which its policy refuses (app.css has what it says), unless it is there.
const STYLE_ID = "__________cytoscape_stylesheet";
if (!document.getElementById(STYLE_ID)) {
  document.head.append(Object.assign(document.createElement("meta"), { id: STYLE_ID }));
}

export class GraphView {
  constructor(app, experimentId) {
    this.app = app;
    this.experimentId = experimentId;
    this.reread = throttled(() => this.#read(), 2000);
    this.recolour = () => this.cy?.style(style(this.graph));
    addEventListener("xpm-theme", this.recolour);
  }

  update(runId, detail) {
    const key = JSON.stringify([runId, detail]);
    if (key === this.key) return;
    this.key = key;
    this.runId = runId;
    this.detail = detail;
    this.graph = null;
    this.#drop();
    this.#read();
  }

  async #read() {
    const key = this.key;
    try {
      const graph = await getGraph(this.experimentId, { run_id: this.runId, detail: this.detail });
      if (key !== this.key) return;
      const same = this.graph && sameShape(this.graph, graph);
      this.graph = graph;
      this.problem = null;
      if (same) this.#refresh();
      else this.#layOut(graph);
    } catch (error) {
      this.problem = error.message;
    }
    this.app.draw();
  }

  #layOut(graph) {
    this.worker?.terminate();
    this.places = null;
    this.worker = new Worker(new URL("./layout-worker.js", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }) => {
      this.places = new Map(data.map(({ id, x, y }) => [id, { x, y }]));
      this.worker.terminate();
      this.#drop();
      this.app.draw();
    };
    this.worker.onerror = () => {
      this.problem = "the graph cannot be laid out; see it as a list below";
      this.app.draw();
    };
    this.worker.postMessage({ nodes: graph.nodes.map(({ id }) => id), edges: graph.edges, ...NODE[graph.detail] });
  }

  changes(data, changed) {
    if (data.reset || (changed && this.graph?.detail === "tasks")) {
      this.reread();
      return;
    }
    if (this.graph?.detail !== "jobs") return;
    const nodes = new Map(this.graph.nodes.map((node) => [node.id, node]));
    let grown = false;
    for (const job of data.jobs ?? []) {
      const node = nodes.get(job.job_id);
      if (node) node.state = job.status.state;
      else grown ||= job.experiment_id === this.experimentId;
    }
    this.#refresh();
    if (grown) this.reread();
  }

  /** Shows the states of now, where everything stays in its place. */
  #refresh() {
    this.cy?.batch(() => {
      for (const node of this.graph.nodes) this.cy.getElementById(node.id).data(nodeData(node));
    });
    this.app.draw();
  }

  placed(root) {
    const box = root?.querySelector(".graph-box") ?? null;
    if (box !== this.box) {
      this.#drop();
      this.box = box;
    }
    if (box && this.places && !this.cy) this.#draw();
  }

  #draw() {
    this.cy = cytoscape({
      container: this.box,
      elements: {
        nodes: this.graph.nodes.map((node) => ({ data: nodeData(node), position: this.places.get(node.id) })),
        edges: this.graph.edges
          .filter(({ needed, by }) => needed !== by)
          .map(({ needed, by, count: pairs }) => ({ data: { source: needed, target: by, pairs } })),
      },
      layout: { name: "preset", fit: true, padding: 24 },
      style: style(this.graph),
      minZoom: 0.02,
      maxZoom: 3,
      autoungrabify: true,
      boxSelectionEnabled: false,
      hideEdgesOnViewport: this.graph.edges.length > 1500,
      textureOnViewport: this.graph.nodes.length > 1500,
    });
    if (this.cy.zoom() > 1.2) {
      this.cy.zoom(1.2);
      this.cy.center();
    }
    this.cy.on("tap", "node", ({ target }) => {
      location.hash = this.#linkOf(this.graph.nodes.find(({ id }) => id === target.id()));
    });
    this.cy.on("mouseover", "node", ({ target }) => {
      this.hovered = target.id();
      target.closedNeighborhood().addClass("near");
      this.cy.elements().not(target.closedNeighborhood()).addClass("far");
      this.app.draw();
    });
    this.cy.on("mouseout", "node", () => {
      this.hovered = null;
      this.cy.elements().removeClass("near far");
      this.app.draw();
    });
  }

  #linkOf(node) {
    if (this.graph.detail === "jobs") return jobLink(node.id);
    return link(["experiments", this.experimentId, "jobs"], { run: this.runId, filter: `@task = ${JSON.stringify(node.id)}` });
  }

  #drop() {
    this.cy?.destroy();
    this.cy = null;
  }

  close() {
    removeEventListener("xpm-theme", this.recolour);
    this.reread.cancel();
    this.worker?.terminate();
    this.#drop();
  }

  #zoom(factor) {
    const { cy } = this;
    cy?.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
  }

  #key = (event) => {
    const moves = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
    if (event.key in moves) this.cy?.panBy({ x: moves[event.key][0], y: moves[event.key][1] });
    else if (event.key === "+" || event.key === "=") this.#zoom(1.25);
    else if (event.key === "-") this.#zoom(0.8);
    else if (event.key === "0") this.cy?.fit(undefined, 24);
    else return;
    event.preventDefault();
  };

  view() {
    if (this.problem && !this.graph) return html`<p class="problem" role="alert">${this.problem}</p>`;
    if (!this.graph) return html`<p class="empty">…</p>`;
    const { nodes, edges, detail, total } = this.graph;
    if (!nodes.length) return html`<p class="empty">No job yet.</p>`;
    const told = `${plural(nodes.length, detail === "jobs" ? "job" : "task")}, ${count(edges.length)} dependencies`;
    return html`
      <div class="toolbar">
        ${this.#detailChoice(detail)}
        <div class="buttons">
          <button type="button" aria-label="Zoom in" @click=${() => this.#zoom(1.25)}>+</button>
          <button type="button" aria-label="Zoom out" @click=${() => this.#zoom(0.8)}>−</button>
          <button type="button" @click=${() => this.cy?.fit(undefined, 24)}>Fit</button>
        </div>
        <ul class="legend" aria-label="Colours">
          ${FAMILIES.map(({ key, label }) => html`<li><span class="dot ${key}" aria-hidden="true"></span>${label}</li>`)}
        </ul>
        <span class="shown">${told}${detail === "tasks" ? ` · ${plural(total, "job")}` : ""}</span>
      </div>
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      <div class="graph-frame card">
        <div class="graph-box" role="application" tabindex="0" aria-label="Dependency graph: ${told}. Arrows move, plus and minus zoom; the list below has the same." @keydown=${this.#key}></div>
        ${this.places ? nothing : html`<p class="graph-note">laying out…</p>`}
        ${this.hovered ? html`<p class="graph-note">${this.#describe(nodes.find(({ id }) => id === this.hovered))}</p>` : nothing}
      </div>
      <details class="card">
        <summary>As a list</summary>
        <ul class="plain near">
          ${nodes.slice(0, 500).map((node) => html`<li>${this.#describe(node)} <a href=${this.#linkOf(node)}>open<span class="visually-hidden"> ${node.id}</span></a></li>`)}
          ${nodes.length > 500 ? html`<li>and ${count(nodes.length - 500)} more</li>` : nothing}
        </ul>
      </details>
    `;
  }

  #detailChoice(detail) {
    const choose = (wanted) => setParams({ detail: wanted }, { push: true });
    return html`<div class="chips" role="group" aria-label="A node for each">
      <button type="button" class="chip" aria-pressed=${detail === "jobs" ? "true" : "false"} ?disabled=${!this.graph.jobs_possible} title=${this.graph.jobs_possible ? nothing : "too many jobs to draw each"} @click=${() => choose("jobs")}>Jobs</button>
      <button type="button" class="chip" aria-pressed=${detail === "tasks" ? "true" : "false"} @click=${() => choose("tasks")}>Tasks</button>
    </div>`;
  }

  #describe(node) {
    if (!node) return nothing;
    if (node.jobs) {
      const told = FAMILIES.filter(({ key }) => node.jobs[key]).map(({ key, label }) => `${count(node.jobs[key])} ${label}`);
      return html`<b>${node.task_id}</b> ${plural(node.jobs.total ?? 0, "job")}: ${told.join(", ")}`;
    }
    const tags = Object.entries(node.tags ?? {}).map(([name, value]) => `${name}=${tagText(value)}`).join(" ");
    return html`${pill(node.state)} <b>${lastPart(node.task_id)}</b> <code>${shortId(node.id.slice(node.id.indexOf("/") + 1))}</code> ${tags}`;
  }
}

function nodeData({ id, task_id: task, state, jobs, tags }) {
  if (!jobs) {
    const told = Object.values(tags ?? {}).map(tagText).join(" ") || shortId(id.slice(id.indexOf("/") + 1));
    return { id, label: `${lastPart(task)}\n${told.slice(0, 28)}`, family: stateClass(state) };
  }
  const shares = Object.fromEntries(FAMILIES.map(({ key }) => [key, (100 * (jobs[key] ?? 0)) / (jobs.total || 1)]));
  return { id, label: `${lastPart(task)}\n${count(jobs.done)}/${count(jobs.total)} done`, ...shares };
}

function sameShape(a, b) {
  const shape = ({ nodes, edges }) => JSON.stringify([nodes.map(({ id }) => id), edges.map(({ needed, by }) => [needed, by])]);
  return a.detail === b.detail && shape(a) === shape(b);
}

/** The look of nodes, in the colours of the page. */
function style(graph) {
  const probe = document.createElement("span");
  document.body.append(probe);
  const colour = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const { width, height } = NODE[graph.detail];
  const few = graph.nodes.length <= LABELS;
  const styles = [
    {
      selector: "node",
      style: {
        shape: "round-rectangle", width, height, "background-color": colour("surface"), "border-width": 1.5,
        "border-color": colour("line"), color: colour("text"), "font-size": 11.5, "text-valign": "center",
        "text-halign": "center", "text-wrap": "wrap", "text-max-width": `${width - 6}px`, "min-zoomed-font-size": 5,
        label: few ? "data(label)" : "", "font-family": "system-ui, sans-serif", "line-height": 1.25,
      },
    },
    {
      selector: "edge",
      style: {
        width: 1.2, "line-color": colour("edge"), "target-arrow-color": colour("edge"), "target-arrow-shape": "triangle",
        "arrow-scale": 0.8, "curve-style": graph.edges.length > 1500 ? "haystack" : "bezier",
      },
    },
    { selector: ".far", style: { opacity: 0.25 } },
    { selector: "edge.near", style: { width: 2.2, "line-color": colour("accent"), "target-arrow-color": colour("accent") } },
  ];
  for (const { key } of FAMILIES) {
    styles.push({
      selector: `node[family = "${key}"]`,
      style: { "background-color": colour(`${key}-soft`), "border-color": colour(key) },
    });
  }
  if (graph.detail === "tasks") styles.push(taskStyle(colour));
  probe.remove();
  return styles;
}

/** A task's node is a bar with the shares of the states of its jobs. */
function taskStyle(colour) {
  const known = new Map(
    [...FAMILIES.map(({ key }) => `${key}-soft`), "surface"].map((name) => [name, hex(colour(name))]),
  );
  const stops = (node) => {
    let at = 0;
    const positions = [];
    for (const { key } of FAMILIES) {
      const share = node.data(key);
      if (share > 0) positions.push([at, at + share]);
      at += share;
    }
    // More than 100 %, by however little, is an error.
    return positions.flat().map((position) => `${Math.min(100, position).toFixed(2)}%`).join(" ") || "0% 100%";
  };
  const colours = (node) =>
    FAMILIES.filter(({ key }) => node.data(key) > 0)
      .flatMap(({ key }) => [known.get(`${key}-soft`), known.get(`${key}-soft`)])
      .join(" ") || `${known.get("surface")} ${known.get("surface")}`;
  return {
    selector: "node",
    style: {
      "background-fill": "linear-gradient",
      "background-gradient-direction": "to-right",
      "background-gradient-stop-colors": colours,
      "background-gradient-stop-positions": stops,
      "font-size": 12,
    },
  };
}

/** Lists of colours are cut at spaces, which `rgb(1, 2, 3)` has. */
function hex(text) {
  const [red, green, blue] = (text.match(/[\d.]+/g) ?? [0, 0, 0]).map(Number);
  return `#${[red, green, blue].map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
}
