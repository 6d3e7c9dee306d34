"""The engine: from events to instructions, without I/O.

`Engine.handle(*events)` changes the states of the jobs through the table in `xpm_workspace.lifecycle` and
returns what must be done in the world. The driver does it and reports back with further events. Nothing here
waits, reads a clock, a file or an environment variable, so that every story can be told in a test.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from xpm_scheduler.dependencies import DependencyGraph
from xpm_scheduler.events import (
    Change,
    Denied,
    Ended,
    Event,
    Finding,
    Follow,
    Inspect,
    Inspected,
    Instruction,
    Kill,
    KillRequested,
    Launch,
    Launched,
    Publish,
    RetryRequested,
    Started,
    StopRequested,
    Submitted,
    TokensFreed,
)
from xpm_scheduler.plan import JobPlan
from xpm_scheduler.slots import SlotQueue
from xpm_workspace.lifecycle import FailureReason, IllegalTransition, JobEvent, JobState, Status, advance

_S, _E = JobState, JobEvent


@dataclass(slots=True)
class _Job:
    """What the engine remembers of one job."""

    plan: JobPlan
    status: Status
    #: Whether the job must run if it is not done: always, but for a transient job that nobody needs yet.
    needed: bool
    #: Whether its folder was looked at; nothing is decided before.
    inspected: bool = False
    #: Whether a `Launch` was given and not answered yet.
    launching: bool = False
    #: The queue in which it holds a slot.
    queue: SlotQueue | None = None
    #: How many times it was launched by this engine.
    attempts: int = 0
    #: What happened to it, for the message of an illegal transition.
    story: list[tuple[JobEvent, Status]] = field(default_factory=list)


class Engine:
    """Decides which job runs when."""

    def __init__(self, capacities: Mapping[str, int | None]) -> None:
        """Make an engine without jobs.

        Args:
            capacities: for each launcher's name, how many of its jobs may run at once (`None`: no limit).
        """
        self._jobs: dict[str, _Job] = {}
        self._graph = DependencyGraph()
        self._queues: dict[str, SlotQueue] = {}
        self._arrivals = count()
        self._unfinished: set[str] = set()
        #: Jobs that wait for a token, in the order in which they were denied it.
        self._parked: dict[str, _Job] = {}
        self._changes: list[Change] = []
        self._out: list[Instruction] = []
        self._stopped = False
        for name, capacity in capacities.items():
            self.add_launcher(name, capacity)

    # --- What one can ask

    def status(self, job_id: str) -> Status:
        """Where a job stands; `KeyError` for an unknown one."""
        return self._jobs[job_id].status

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._jobs

    def __iter__(self) -> Iterator[str]:
        return iter(self._jobs)

    @property
    def unfinished(self) -> frozenset[str]:
        """The jobs that will still change by themselves."""
        return frozenset(self._unfinished)

    @property
    def parked(self) -> tuple[str, ...]:
        """The jobs that wait for a token."""
        return tuple(self._parked)

    def will_change(self, job_id: str) -> bool:
        """Whether a job that was submitted will still change by itself."""
        return job_id in self._unfinished

    @property
    def idle(self) -> bool:
        """Whether nothing more will happen without a new event from outside."""
        return not self._unfinished

    def waits_for(self, job_id: str) -> frozenset[str]:
        """The dependencies of a job that are not done."""
        return self._graph.waits_for(job_id)

    def add_launcher(self, name: str, capacity: int | None) -> None:
        """Make a launcher known; without effect when it is already."""
        if name not in self._queues:
            self._queues[name] = SlotQueue(capacity, self._arrivals)

    # --- What happens

    def handle(self, *events: Event) -> list[Instruction]:
        """Take events in, in order, and return what to do, in order.

        Raises:
            IllegalTransition: an event does not fit the state of its job. That job is left as it was; the
                events before it took effect and their instructions are returned by the next call.
        """
        for event in events:
            match event:
                case Submitted(plans=plans):
                    self._submit(plans)
                case Inspected(job_id=job_id, finding=finding):
                    self._inspect(self._jobs[job_id], finding)
                case Launched(job_id=job_id):
                    job = self._jobs[job_id]
                    self._step(job, _E.LAUNCH)
                    job.launching = False
                case Denied(job_id=job_id):
                    self._park(self._jobs[job_id])
                case TokensFreed(job_ids=job_ids):
                    self._unpark(job_ids)
                case Started(job_id=job_id):
                    self._step(self._jobs[job_id], _E.START)
                case Ended():
                    self._end(self._jobs[event.job_id], event)
                case KillRequested(job_id=job_id):
                    self._kill(self._jobs[job_id])
                case RetryRequested(job_id=job_id):
                    self._retry(self._jobs[job_id])
                case StopRequested():
                    self._stopped = True
        if self._stopped:
            # Again each time: a start that was under way may have been denied, new jobs may have come.
            self._withdraw()
        else:
            self._fill_slots()
        if self._changes:
            # The journal is written before anything that follows from the changes is done.
            self._out.insert(0, Publish(changes=tuple(self._changes)))
        instructions, self._out, self._changes = self._out, [], []
        return instructions

    def _submit(self, plans: Iterable[JobPlan]) -> None:
        new: list[str] = []
        for plan in plans:
            if plan.job_id in self._jobs:
                continue
            unknown = [needed for needed in plan.depends_on if needed not in self._jobs]
            if unknown:
                raise ValueError(f"{plan.job_id} needs {unknown[0]}, which was not submitted before it")
            for launcher in plan.launchers:
                if launcher not in self._queues:
                    raise ValueError(f"{plan.job_id} asks for the launcher {launcher!r}, which is not known")
            job = _Job(plan=plan, status=Status(state=_S.UNSCHEDULED), needed=not plan.transient)
            self._jobs[plan.job_id] = job
            self._graph.add(
                plan.job_id, plan.depends_on, (d for d in plan.depends_on if self._is(d, _S.DONE))
            )
            self._unfinished.add(plan.job_id)
            if job.needed:
                self._step(job, _E.SUBMIT)
            new.append(plan.job_id)
        if new:
            self._out.append(Inspect(job_ids=tuple(new)))

    def _inspect(self, job: _Job, finding: Finding) -> None:
        if job.inspected and not job.launching:
            return  # an answer that came too late: the job was cancelled meanwhile
        job.inspected = True
        if finding is Finding.FREE:
            self._give_up_slot(job)
            if job.status.state is _S.READY:  # a launch that found nothing to start: back to the queue
                self._join_line(job)
            else:
                self._consider(job)
            return
        job.launching = False
        if finding is Finding.DONE:
            self._step(job, _E.FIND_DONE)
            self._settle(job)
        else:
            self._step(job, _E.FIND_RUNNING)
            self._unfinished.add(job.plan.job_id)
            self._leave_line(job)
            if job.queue is None:
                self._take_slot(job, self._queue_for(job))
            self._out.append(Follow(job_id=job.plan.job_id))

    def _consider(self, job: _Job) -> None:
        """Move a job that is not done on, as far as its dependencies allow."""
        pending = [job]
        while pending:
            current = pending.pop()
            if current.status.state.final or not current.inspected:
                continue
            if not current.needed:  # transient, and nobody asked for it yet
                if current.status.state is _S.WAITING:  # it was found running, and was interrupted
                    self._step(current, _E.WITHDRAW)
                self._unfinished.discard(current.plan.job_id)
                continue
            if current.status.state is _S.UNSCHEDULED and not self._stopped:
                self._unfinished.add(current.plan.job_id)
                self._step(current, _E.SUBMIT)
            if current.status.state is not _S.WAITING:
                continue
            for needed in map(self._jobs.__getitem__, current.plan.depends_on):
                if not needed.needed:
                    needed.needed = True
                    pending.append(needed)
            if any(self._is(needed, _S.ERROR) for needed in current.plan.depends_on):
                self._miss(current)
            elif self._graph.ready(current.plan.job_id) and not self._stopped:
                self._step(current, _E.SATISFY)
                self._join_line(current)

    def _park(self, job: _Job) -> None:
        self._give_up_slot(job)
        job.attempts -= 1  # it was not started
        self._parked[job.plan.job_id] = job

    def _unpark(self, job_ids: Iterable[str] | None) -> None:
        for job_id in tuple(self._parked) if job_ids is None else job_ids:
            job = self._parked.pop(job_id, None)
            if job is not None:
                self._join_line(job)

    def _end(self, job: _Job, event: Ended) -> None:
        if job.status.state.final:
            return  # killed before its process came up
        job.launching = False
        self._give_up_slot(job)
        if event.reason is None and not event.interrupted:
            self._step(job, _E.FINISH)
            self._settle(job)
        elif self._resumes(job, event) or (event.never_ran and not self._stopped):
            self._step(job, _E.RESUME)
            self._consider(job)
        else:
            self._step(job, _E.FAIL, event.reason)
            self._spread_failure(job)

    def _resumes(self, job: _Job, event: Ended) -> bool:
        wanted = event.interrupted or event.reason is FailureReason.TIMEOUT
        return wanted and job.plan.resumable and not self._stopped and job.attempts <= job.plan.max_retries

    def _settle(self, job: _Job) -> None:
        """A job is done: free its slot and move on those that waited for it."""
        self._give_up_slot(job)
        self._unfinished.discard(job.plan.job_id)
        for dependant in self._graph.settle(job.plan.job_id):
            self._consider(self._jobs[dependant])

    def _spread_failure(self, job: _Job) -> None:
        self._unfinished.discard(job.plan.job_id)
        for dependant in map(self._jobs.__getitem__, self._graph.dependants(job.plan.job_id)):
            if dependant.status.state is _S.WAITING and dependant.inspected:
                self._miss(dependant)

    def _miss(self, first: _Job) -> None:
        """A job cannot run because one that it needs failed; nor can those that need it, however far."""
        pending = [first]
        while pending:
            job = pending.pop()
            if job.status.state is not _S.WAITING or not job.inspected:
                continue
            self._step(job, _E.MISS)
            self._unfinished.discard(job.plan.job_id)
            pending += map(self._jobs.__getitem__, self._graph.dependants(job.plan.job_id))

    def _kill(self, job: _Job) -> None:
        if job.status.state.active or job.launching:
            self._out.append(Kill(job_id=job.plan.job_id))
        elif job.status.state in (_S.WAITING, _S.READY):
            self._leave_line(job)
            self._step(job, _E.FAIL, FailureReason.CANCELLED)
            self._spread_failure(job)

    def _retry(self, job: _Job) -> None:
        """Run a failed job again, and those that failed because of it."""
        pending = [job]
        again: list[str] = []
        while pending:
            current = pending.pop()
            if not self._is(current.plan.job_id, _S.ERROR):
                continue
            self._step(current, _E.SUBMIT)
            current.inspected = False
            self._unfinished.add(current.plan.job_id)
            again.append(current.plan.job_id)
            for dependant in map(self._jobs.__getitem__, self._graph.dependants(current.plan.job_id)):
                if dependant.status.reason is FailureReason.DEPENDENCY:
                    pending.append(dependant)
        if again:
            self._out.append(Inspect(job_ids=tuple(again)))

    def _withdraw(self) -> None:
        for job_id in list(self._unfinished):
            job = self._jobs[job_id]
            if job.status.state in (_S.WAITING, _S.READY) and not job.launching:
                self._leave_line(job)
                self._step(job, _E.WITHDRAW)
            if job.status.state is _S.UNSCHEDULED:
                job.inspected = True  # a late answer changes nothing
                self._unfinished.discard(job_id)

    def _fill_slots(self) -> None:
        while places := [place for queue in self._queues.values() if (place := queue.head()) is not None]:
            job = self._jobs[min(places)[2]]
            queue = self._queue_for(job)
            self._leave_line(job)
            self._take_slot(job, queue)
            job.launching = True
            job.attempts += 1
            launcher = next(name for name in job.plan.launchers if self._queues[name] is queue)
            self._out.append(Launch(job_id=job.plan.job_id, attempt=job.attempts, launcher=launcher))

    # --- Small tools

    def _step(self, job: _Job, event: JobEvent, reason: FailureReason | None = None) -> None:
        try:
            job.status = advance(job.status, event, reason)
        except IllegalTransition as error:
            story = ", ".join(f"{earlier.value} -> {status}" for earlier, status in job.story) or "new"
            raise IllegalTransition(f"{error} {job.plan.job_id}: {story}") from None
        job.story.append((event, job.status))
        self._changes.append(
            Change(job_id=job.plan.job_id, event=event, status=job.status, attempt=job.attempts)
        )

    def _is(self, job_id: str, state: JobState) -> bool:
        return self._jobs[job_id].status.state is state

    def _queue_for(self, job: _Job) -> SlotQueue:
        """The queue of the launcher that a job would go to now: the first with room, if there is one."""
        queues = [self._queues[name] for name in job.plan.launchers]
        return next((queue for queue in queues if queue.has_room), queues[0])

    def _join_line(self, job: _Job) -> None:
        for name in job.plan.launchers:
            self._queues[name].push(job.plan.job_id, job.plan.priority)

    def _leave_line(self, job: _Job) -> None:
        for name in job.plan.launchers:
            self._queues[name].discard(job.plan.job_id)
        self._parked.pop(job.plan.job_id, None)

    def _take_slot(self, job: _Job, queue: SlotQueue) -> None:
        job.queue = queue
        queue.occupy(job.plan.job_id)

    def _give_up_slot(self, job: _Job) -> None:
        job.launching = False
        if job.queue is not None:
            job.queue.free(job.plan.job_id)
            job.queue = None

    def validate(self) -> None:
        """Check what must always hold; tests call it after each event.

        Raises:
            AssertionError: an invariant is broken.
        """
        for job_id, job in self._jobs.items():
            state = job.status.state
            queues = [self._queues[name] for name in job.plan.launchers]
            slots = [queue for queue in queues if job_id in queue.holders]
            assert slots == [job.queue] * (state.active or job.launching), f"{job_id} {state}: slots {slots}"
            lines = {job_id in queue.queued for queue in queues} | {job_id in self._parked} - {False}
            waits = state is _S.READY and not job.launching
            assert waits == (True in lines), f"{job_id} {state} is in line: {lines}"
            assert job_id in self._parked or len(lines) == 1, f"{job_id} {state} is in some lines only"
            assert not (state.final and job_id in self._unfinished), f"{job_id} is final but unfinished"
            if state in (_S.READY, _S.SCHEDULED):
                assert self._graph.ready(job_id), f"{job_id} goes ahead of its dependencies"
            if state is _S.WAITING and job.inspected:
                failed = [d for d in job.plan.depends_on if self._is(d, _S.ERROR)]
                assert not failed, f"{job_id} waits for {failed}, which failed"


__all__ = ["Engine", "IllegalTransition"]
