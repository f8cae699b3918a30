import Foundation

/// The repository's text files under `Sources` and `Tests`, without what tests compare with.
struct SourceTree {
    let files: [SourceFile]
    /// Every file and folder, those without text too, from the repository's root.
    let paths: Set<String>

    private static let kinds: Set<String> = ["swift", "c", "h", "py"]
    private static let leftOut: Set<String> = ["Goldens", "Fixtures"]

    init(root: URL) throws {
        var files: [SourceFile] = []
        var paths: Set<String> = []
        for top in ["Sources", "Tests"] {
            let folder = root.appendingPathComponent(top)
            for below in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
                let path = top + "/" + below
                paths.insert(path)
                let url = root.appendingPathComponent(path)
                let isLeftOut = !Self.leftOut.isDisjoint(with: url.pathComponents)
                guard Self.kinds.contains(url.pathExtension), !isLeftOut else { continue }
                files.append(SourceFile(path: path, text: try String(contentsOf: url, encoding: .utf8)))
            }
        }
        self.files = files.sorted { $0.path < $1.path }
        self.paths = paths
    }

    /// The folders that hold rooms.
    var rooms: Set<String> {
        let parts = paths.map { $0.split(separator: "/").map(String.init) }
        return Set(parts.filter { $0.count > 2 && $0[0] == "Sources" }.map { $0[1] })
    }

    func has(path: String) -> Bool { paths.contains(path) || paths.contains("Sources/" + path) }

    func files(named name: String) -> Int { files.count { $0.name == name } }

    func declares(type: String) -> Bool { files.contains { $0.types.contains(type) } }

    func declares(_ member: String, of type: String) -> Bool {
        files.contains { file in
            (file.types.contains(type) || file.extended.contains(type))
                && (file.members.contains(member) || file.types.contains(member))
        }
    }

    /// The files of a test suite that have `function`; all of them where it is nil.
    func tests(_ suite: String, _ function: String?) -> [SourceFile] {
        files.filter { file in
            file.isTest && file.types.contains(suite)
                && function.map { file.members.contains($0) && file.text.contains("@Test") } ?? true
        }
    }

    /// A function that stands by itself, or any other of that name.
    func declares(function: String) -> Bool { files.contains { $0.text.contains("func \(function)(") } }

    /// A function of the kernels.
    func declaresInC(_ name: String) -> Bool {
        files.contains { $0.path.hasSuffix(".h") && $0.text.contains(name + "(") }
    }
}
