// The REST interface; its document is api/v1/openapi.json.

const ROOT = "api/v1";

/** Why a request failed, in words for people. */
export class Problem extends Error {
  constructor({ status = 0, detail, column = null }) {
    super(detail);
    this.status = status;
    this.column = column;
  }
}

async function call(path, { query = {}, signal, ...options } = {}) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") search.set(name, value);
  }
  const address = `${ROOT}${path}${search.size ? `?${search}` : ""}`;
  let response;
  try {
    response = await fetch(address, { signal, credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ detail: "the monitor does not answer: is it still running?" });
  }
  if (response.ok) return response;
  let problem = { status: response.status, detail: `the monitor answered ${response.status}` };
  try {
    problem = await response.json();
  } catch {
    // Not ours: the status must do.
  }
  throw new Problem(problem);
}

const get = async (path, query, signal) => (await call(path, { query, signal })).json();

const post = async (path, body) =>
  (
    await call(path, {
      method: "POST",
      ...(body && {
        body: JSON.stringify(body),
        headers: { "Content-Type": "application/json" },
      }),
    })
  ).json();

const part = encodeURIComponent;

function jobPath(jobId) {
  const slash = jobId.indexOf("/");
  return `/jobs/${part(jobId.slice(0, slash))}/${part(jobId.slice(slash + 1))}`;
}

export const getWorkspace = () => get("/workspace");
export const listExperiments = () => get("/experiments");
export const listRuns = (experiment) => get(`/experiments/${part(experiment)}/runs`);
export const getGraph = (experiment, query) => get(`/experiments/${part(experiment)}/graph`, query);
export const listJobs = (query, signal) => get("/jobs", query, signal);
export const getJob = (jobId) => get(jobPath(jobId));
export const getParameters = (jobId) => get(`${jobPath(jobId)}/parameters`);
export const listOrphans = () => get("/orphans");
export const listServices = () => get("/services");
export const act = (action, jobIds, perform) =>
  post(`/actions/${action}`, { job_ids: jobIds, perform });
export const setService = (experiment, service, action) =>
  post(`/experiments/${part(experiment)}/services/${part(service)}/${action}`);
export const eventsAddress = (since) => `${ROOT}/events?since=${part(since)}`;

/** A part of a log: its bytes, where they begin, and how long the log is. */
export async function readLog(jobId, query, signal) {
  const response = await call(`${jobPath(jobId)}/log`, { query, signal });
  return {
    content: new Uint8Array(await response.arrayBuffer()),
    offset: Number(response.headers.get("X-Log-Offset")),
    size: Number(response.headers.get("X-Log-Size")),
  };
}
