/**
 * How long a thread stands idle before it ends. Node 20 aborts the whole process, "Assertion failed: (data.first) != nullptr" in
 * `NodePlatform::ForIsolate`, when a thread ends while V8 still compiles in the background what ran hot in it; that takes
 * milliseconds, and more on a busy machine.
 */
export const THREAD_REST_MS = 500;
