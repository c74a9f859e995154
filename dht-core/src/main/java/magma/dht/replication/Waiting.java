package magma.dht.replication;

/** A replica that neither leads nor follows yet. {@link Replication} asks the council on its behalf. */
final class Waiting<P> implements Role<P> {
    private final Seat<P> seat;

    Waiting(Seat<P> seat) {
        this.seat = seat;
    }

    @Override
    public void reconfigured() {}

    @Override
    public void tick() {}

    @Override
    public long due() {
        return seat.soonerAgain(Long.MAX_VALUE, seat.askAgain());
    }

    @Override
    public void received(VulcanoId from, ReplicationMessage<P> message) {}

    @Override
    public void written() {}

    @Override
    public void restored() {}

    @Override
    public void died(VulcanoId vulcano, long process) {}

    @Override
    public void proposed(ReplicationEvent.Proposed<P> proposed) {
        seat.refuse(proposed.ticket());
    }

    @Override
    public void asked(long ticket) {
        seat.refuse(ticket);
    }

    @Override
    public void handOver(VulcanoId to) {}

    @Override
    public long leasedUntil() {
        return Long.MIN_VALUE;
    }

    @Override
    public void left() {}
}
