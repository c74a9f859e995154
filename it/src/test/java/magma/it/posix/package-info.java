/** Whether a mounted filesystem behaves as POSIX.1-2017 and Linux's manual pages say, asked by system calls. */
@NullMarked
package magma.it.posix;

import org.jspecify.annotations.NullMarked;
