import Console
import DeckCore
import Foundation
import ModelFiles
import Registry

/// What the console keeps and looks up in files: saved prompts, the command line's history, dumps, folders.
struct ConsoleFiles: Sendable {
    let folders: Folders
    /// Nil where nothing is remembered.
    let registry: Registry?
    /// Folders are looked at inside it only; nil where adapters come from anywhere.
    let adapterRoot: URL?

    var services: ConsoleServices {
        var services = ConsoleServices()
        services.listFolder = { list($0) }
        services.saveCommands = { saveCommands($0) }
        services.writeDump = { try write($0, stem: $1, suffix: $2, path: $3) }
        if let registry {
            services.savePrompts = { adapter, texts in try registry.setDemoPrompts(texts, adapter: adapter) }
        }
        return services
    }

    // MARK: command line

    private var commandFile: URL { folders.state.appendingPathComponent("commands") }

    /// Lines typed after `:` in earlier sessions, oldest first.
    func commands() -> [String] {
        guard let text = try? String(contentsOf: commandFile, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").map(String.init)
    }

    /// A history that cannot be kept is no reason to bother the operator.
    private func saveCommands(_ lines: [String]) {
        let text = lines.map { $0 + "\n" }.joined()
        try? Data(text.utf8).write(to: commandFile, options: .atomic)
    }

    // MARK: dumps

    private var dumpFolder: URL { folders.state.appendingPathComponent("dumps") }

    /// A name of its own in the state folder, or the path that was asked for. Nothing that exists is overwritten.
    private func write(_ content: String, stem: String, suffix: String, path: String?) throws -> String {
        let file: URL
        if let path {
            file = URL(fileURLWithPath: (path as NSString).expandingTildeInPath)
        } else {
            try FileManager.default.createDirectory(at: dumpFolder, withIntermediateDirectories: true)
            file = freeFile(stem, suffix)
        }
        do {
            try Data(content.utf8).write(to: file, options: .withoutOverwriting)
        } catch CocoaError.fileWriteFileExists {
            throw Failure("\(file.path) exists already; give another path")
        } catch {
            throw Failure("\(file.path) cannot be written: \(FileFault.reason(error))")
        }
        return file.path
    }

    /// Such as `overview-20260921-141320.txt`, with a number behind it where that is taken.
    private func freeFile(_ stem: String, _ suffix: String) -> URL {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "yyyyMMdd-HHmmss"
        let name = "\(stem)-\(format.string(from: Date()))"
        var file = dumpFolder.appendingPathComponent("\(name).\(suffix)")
        var number = 2
        while FileManager.default.fileExists(atPath: file.path) {
            file = dumpFolder.appendingPathComponent("\(name)-\(number).\(suffix)")
            number += 1
        }
        return file
    }

    // MARK: folders

    /// Relative paths begin at the adapter root, as they do for the engine.
    private func list(_ folder: String) -> FolderListing {
        let start = adapterRoot?.path ?? FileManager.default.currentDirectoryPath
        let path = folder.hasPrefix("/") ? folder : start + "/" + folder
        let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        if let adapterRoot {
            let root = adapterRoot.resolvingSymlinksInPath().path
            guard resolved.path == root || resolved.path.hasPrefix(root + "/") else {
                // On the way down to the root, the root's own branch is all there is.
                let branch = Self.branch(towards: root, in: resolved.path)
                return FolderListing(
                    folder: folder, entries: branch.map { [.init(name: $0, isFolder: true, isAdapter: false)] } ?? [],
                    problem: branch == nil ? "outside the adapter root \(root)" : nil)
            }
        }
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: resolved.path).sorted()
            return FolderListing(folder: folder, entries: names.compactMap { entry($0, in: resolved) })
        } catch {
            return FolderListing(folder: folder, entries: [], problem: FileFault.reason(error))
        }
    }

    /// The next folder on the way from `path` to `root`; nil when that does not lie below.
    private static func branch(towards root: String, in path: String) -> String? {
        let prefix = path == "/" ? "/" : path + "/"
        guard root.hasPrefix(prefix) else { return nil }
        return root.dropFirst(prefix.count).split(separator: "/").first.map(String.init)
    }

    /// Folders, and files that can be adapters.
    private func entry(_ name: String, in folder: URL) -> FolderListing.Entry? {
        let path = folder.appendingPathComponent(name)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path.path, isDirectory: &isFolder) else { return nil }
        guard isFolder.boolValue else {
            return path.pathExtension.lowercased() == "gguf"
                ? FolderListing.Entry(name: name, isFolder: false, isAdapter: true) : nil
        }
        let config = path.appendingPathComponent("adapter_config.json").path
        let isAdapter = FileManager.default.fileExists(atPath: config) || HubRepository(path: path.path) != nil
        return FolderListing.Entry(name: name, isFolder: true, isAdapter: isAdapter)
    }
}
