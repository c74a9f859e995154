package magma.dht.runtime;

import magma.fs.FsException;

/** Where work goes that nobody waits for. */
@FunctionalInterface
public interface Background {
    /** Does all at once. */
    Background NONE = Task::run;

    /** May fail where somebody else does it later. */
    @FunctionalInterface
    interface Task {
        void run() throws FsException;
    }

    /**
     * Has the task done: later, by somebody else; where too much waits already, before this returns. Never refused.
     *
     * @throws FsException of the task, where it was done before this returned
     */
    void carryOut(Task task) throws FsException;
}
