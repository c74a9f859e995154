package magma.dht.front;

/** A session whose client may go on with it at another vulcano. */
public interface Continuing {
    /** Contact with the client is lost: the session does nothing more here. What it has locked, and holds open, the homes keep for a while. */
    void abandon();
}
