/** What the hot paths cost by themselves, measured with JMH. docs/benchmarks.md says how to run and read them. */
@NullMarked
package magma.benchmarks;

import org.jspecify.annotations.NullMarked;
