/** Bytes of records and messages: big-endian, every length checked before it is believed. Pure. */
@NullMarked
package magma.dht.codec;

import org.jspecify.annotations.NullMarked;
