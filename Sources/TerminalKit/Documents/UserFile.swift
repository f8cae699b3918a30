import Foundation

/// Reads a text file that somebody wrote by hand.
enum UserFile {
    /// The most that is read of one file.
    static let sizeLimit = 256 << 10

    static func text(of file: URL) throws(DocumentError) -> String {
        let name = Sanitiser.line(file.lastPathComponent, limit: 128)
        do {
            let values = try file.resolvingSymlinksInPath().resourceValues(forKeys: [.fileSizeKey, .isRegularFileKey])
            guard values.isRegularFile == true, let size = values.fileSize, size <= sizeLimit else {
                throw DocumentError(file: name, message: "is no file of at most \(sizeLimit >> 10) KiB")
            }
            guard let text = String(validating: try Data(contentsOf: file), as: UTF8.self) else {
                throw DocumentError(file: name, message: "is not UTF-8")
            }
            return text
        } catch let error as DocumentError {
            throw error
        } catch {
            // Foundation's own words name its error domains.
            let fault = access(file.path, R_OK) == 0 ? EIO : errno
            throw DocumentError(file: name, message: "cannot be read: \(String(cString: strerror(fault)))")
        }
    }
}
