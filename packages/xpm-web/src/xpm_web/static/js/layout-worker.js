// Finds places for the nodes of a graph, beside the page: dagre, layer by layer.

import { Graph, layout } from "../vendor/dagre/dagre.esm.js";

onmessage = ({ data: { nodes, edges, width, height } }) => {
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 9, ranksep: Math.min(300, 80 + 5 * nodes.length), marginx: 20, marginy: 20 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of nodes) graph.setNode(id, { width, height });
  for (const { needed, by } of edges) if (needed !== by) graph.setEdge(needed, by);
  layout(graph);
  postMessage(nodes.map((id) => ({ id, x: graph.node(id).x, y: graph.node(id).y })));
};
