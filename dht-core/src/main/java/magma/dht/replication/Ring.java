package magma.dht.replication;

import org.jspecify.annotations.Nullable;

/** A list that takes at its end and loses at both, in constant time each. */
final class Ring<E> {
    private @Nullable Object[] places = new Object[16];
    private int first;
    private int size;

    int size() {
        return size;
    }

    @SuppressWarnings("unchecked")
    E get(int index) {
        Object element = index < 0 || index >= size ? null : places[place(index)];
        if (element == null) {
            throw new IndexOutOfBoundsException(index + " of " + size);
        }
        return (E) element;
    }

    void add(E element) {
        if (size == places.length) {
            grow();
        }
        places[place(size)] = element;
        size++;
    }

    void removeFirst() {
        get(0);
        places[first] = null;
        first = place(1);
        size--;
    }

    void removeLast() {
        get(size - 1);
        size--;
        places[place(size)] = null;
    }

    private int place(int index) {
        return (first + index) & (places.length - 1);
    }

    private void grow() {
        @Nullable Object[] more = new Object[places.length * 2];
        System.arraycopy(places, first, more, 0, places.length - first);
        System.arraycopy(places, 0, more, places.length - first, first);
        places = more;
        first = 0;
    }
}
