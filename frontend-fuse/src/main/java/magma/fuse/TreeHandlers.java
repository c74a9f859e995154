package magma.fuse;

import java.io.IOException;
import magma.fs.Attributes;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FileSystem.RenameMode;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fuse.protocol.MalformedMessageException;
import magma.fuse.protocol.Requests;

/** Requests that make, move and remove entries. */
final class TreeHandlers {
    private final MountState state;
    private final FileSystem fileSystem;

    TreeHandlers(MountState state) {
        this.state = state;
        this.fileSystem = state.fileSystem;
    }

    void makeDirectory(Exchange exchange) throws IOException, MalformedMessageException {
        Requests.MakeDirectory request = Requests.MakeDirectory.read(exchange.body());
        MountState.Place place = state.place(exchange, Name.of(request.name()));
        int mode = request.mode() & Attributes.MODE_MASK;
        state.sendEntry(
                exchange,
                place,
                fileSystem.makeDirectory(exchange.caller(request.umask()), place.directory(), place.name(), mode));
    }

    void makeNode(Exchange exchange) throws IOException, MalformedMessageException {
        Requests.MakeNode request = Requests.MakeNode.read(exchange.body());
        MountState.Place place = state.place(exchange, Name.of(request.name()));
        FlareType type = type(request.mode());
        long device = type.isDevice() ? Integer.toUnsignedLong(request.device()) : 0;
        int mode = request.mode() & Attributes.MODE_MASK;
        state.sendEntry(
                exchange,
                place,
                fileSystem.makeNode(
                        exchange.caller(request.umask()), place.directory(), place.name(), type, mode, device));
    }

    private static FlareType type(int mode) throws FsException {
        if ((mode & FlareType.FORMAT_MASK) == 0) {
            return FlareType.FILE;
        }
        try {
            return FlareType.ofMode(mode);
        } catch (IllegalArgumentException e) {
            throw new FsException(Errno.EINVAL, "no type of node", e);
        }
    }

    void symlink(Exchange exchange) throws IOException, MalformedMessageException {
        Requests.Symlink request = Requests.Symlink.read(exchange.body());
        MountState.Place place = state.place(exchange, Name.of(request.name()));
        state.sendEntry(
                exchange,
                place,
                fileSystem.symlink(exchange.caller(), place.directory(), place.name(), request.target()));
    }

    void link(Exchange exchange) throws IOException, MalformedMessageException {
        Requests.Link request = Requests.Link.read(exchange.body());
        MountState.Place place = state.place(exchange, Name.of(request.name()));
        Key flare = state.nodes.key(request.node());
        state.sendEntry(exchange, place, fileSystem.link(exchange.caller(), flare, place.directory(), place.name()));
    }

    void unlink(Exchange exchange) throws IOException, MalformedMessageException {
        Name name = exchange.name();
        fileSystem.unlink(exchange.caller(), state.nodes.key(exchange.node()), name);
        exchange.sendDone();
    }

    void removeDirectory(Exchange exchange) throws IOException, MalformedMessageException {
        Name name = exchange.name();
        fileSystem.removeDirectory(exchange.caller(), state.nodes.key(exchange.node()), name);
        exchange.sendDone();
    }

    void rename(Exchange exchange) throws IOException, MalformedMessageException {
        rename(exchange, Requests.Rename.read(exchange.body()));
    }

    void renameWithFlags(Exchange exchange) throws IOException, MalformedMessageException {
        rename(exchange, Requests.Rename.readWithFlags(exchange.body()));
    }

    private void rename(Exchange exchange, Requests.Rename request) throws IOException {
        RenameMode mode = switch (request.flags()) {
            case 0 -> RenameMode.REPLACE;
            case Requests.Rename.NO_REPLACE -> RenameMode.NO_REPLACE;
            case Requests.Rename.EXCHANGE -> RenameMode.EXCHANGE;
            default -> throw new FsException(Errno.EINVAL, "a rename with the flags " + request.flags());
        };
        fileSystem.rename(
                exchange.caller(),
                state.nodes.key(exchange.node()),
                Name.of(request.from()),
                state.nodes.key(request.toDirectory()),
                Name.of(request.to()),
                mode);
        exchange.sendDone();
    }
}
