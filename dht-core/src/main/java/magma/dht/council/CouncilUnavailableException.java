package magma.dht.council;

/** No majority of the council answered in time. A command that was proposed may or may not happen: propose it again under its id. */
public final class CouncilUnavailableException extends Exception {
    private static final long serialVersionUID = 1L;

    public CouncilUnavailableException(String message) {
        super(message);
    }

    public CouncilUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
