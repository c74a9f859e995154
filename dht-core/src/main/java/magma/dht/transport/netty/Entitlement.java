package magma.dht.transport.netty;

import java.util.List;
import java.util.Set;
import magma.dht.identity.Claims;
import magma.dht.identity.Principal;
import magma.dht.identity.Role;
import magma.dht.wire.AdminRequest;
import magma.dht.wire.FileRequest;
import magma.dht.wire.Request;
import magma.dht.wire.TreeRequest;
import magma.fs.AccessMode;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.OpenOption;
import org.jspecify.annotations.Nullable;

/**
 * What the other end of a connection may ask of a vulcano: by its role, and on behalf of whom by its claims. Whether that caller then has permission is for the
 * namespace to say.
 *
 * @param role null for one that has shown no certificate
 * @param holder for people
 */
record Entitlement(@Nullable Role role, Claims claims, String holder) {
    /** Where there is no security everybody is believed. */
    static final Entitlement ALL = new Entitlement(Role.VULCANO, Claims.ANY, "anybody");

    private static final Caller NOBODY = Caller.of(65_534, 65_534, Set.of(), 0);

    /** @param principal null for one that has shown no certificate */
    static Entitlement of(@Nullable Principal principal) {
        return principal == null
                ? new Entitlement(null, Claims.of(Set.of(), Set.of()), "stranger")
                : new Entitlement(principal.role(), principal.claims(), principal.toString());
    }

    /** @throws FsException EPERM when the role or the claims do not allow it; EROFS when it would change something and the role only reads */
    void check(Request request) throws FsException {
        if (role == Role.VULCANO) {
            return;
        }
        if (role != null && request instanceof AdminRequest admin) {
            checkRole(admin, role);
        } else if (role != null && (request instanceof TreeRequest || request instanceof FileRequest)) {
            if (role == Role.READ_ONLY && changes(request)) {
                throw new FsException(Errno.EROFS, holder + " may only read");
            }
            checkCaller(request);
        } else {
            throw new FsException(Errno.EPERM, "this is not for a " + holder + " to ask");
        }
    }

    private void checkRole(AdminRequest request, Role asking) throws FsException {
        boolean allowed = switch (asking) {
            case VULCANO, OPERATOR -> true;
            case READ_ONLY -> request.isLook() || request instanceof AdminRequest.Renew;
            case CLIENT -> request instanceof AdminRequest.GetStatus || request instanceof AdminRequest.Renew;
        };
        if (!allowed) {
            throw new FsException(Errno.EPERM, "this takes the certificate of an operator, not of " + holder);
        }
    }

    private void checkCaller(Request request) throws FsException {
        Caller caller = request.caller();
        if (caller != null && !isThroughHandle(request) && !claims.allows(caller)) {
            throw new FsException(
                    Errno.EPERM, holder + " may not act for " + caller + ", only for those it may claim: " + claims);
        }
    }

    /** Permission was given when the file was opened; the caller only says whether set-user-ID bits go: see {@link #writer}. */
    private static boolean isThroughHandle(Request request) {
        return request instanceof FileRequest.Write
                || request instanceof FileRequest.Append
                || request instanceof FileRequest.Allocate
                || request instanceof FileRequest.Punch
                || request instanceof FileRequest.Copy;
    }

    private static boolean changes(Request request) {
        if (request instanceof TreeRequest.Access access) {
            return access.wanted().contains(AccessMode.WRITE);
        } else if (request instanceof FileRequest.OpenFile open) {
            return writes(open.options());
        } else if (request instanceof FileRequest.ReopenFile open) {
            return writes(open.options());
        } else if (request instanceof TreeRequest.TakeLock taken) {
            return taken.lock().exclusive();
        }
        boolean harmless = request.isRepeatable()
                || request instanceof FileRequest.Close
                || request instanceof TreeRequest.ReleaseLock
                || request instanceof TreeRequest.EndSession;
        return !harmless;
    }

    private static boolean writes(Set<OpenOption> options) {
        return options.contains(OpenOption.WRITE) || options.contains(OpenOption.TRUNCATE);
    }

    /**
     * In whose name content is changed through an open file. A mount lets its kernel decide whether set-user-ID bits go, and then writes as the superuser; from a
     * client that may not claim that it is nobody who writes, and they do go.
     */
    Caller writer(Caller caller) {
        return claims.allows(caller) ? caller : NOBODY;
    }

    /** Whether the superuser may be claimed. */
    boolean isSuperuser() {
        return claims.anyUid() || claims.uids().contains(0);
    }

    /**
     * As whom, one after another, to try to open again what a session says it had open. Any session can say so of any flare, so nobody but the superuser and the
     * flare's owner, who can give themselves permission, is spared being asked for it.
     *
     * @param owner of the flare
     */
    List<Caller> reopeners(int owner) {
        if (isSuperuser() || claims.uids().contains(owner)) {
            return List.of(Caller.ROOT);
        }
        Set<Integer> groups = claims.gids();
        int first = groups.isEmpty() ? NOBODY.gid() : groups.iterator().next();
        return claims.uids().stream()
                .map(uid -> Caller.of(uid, first, groups, 0))
                .toList();
    }
}
